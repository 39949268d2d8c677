"""Any dataset in the Hugging Face libraries' forms that has a column of audio and one of text."""
