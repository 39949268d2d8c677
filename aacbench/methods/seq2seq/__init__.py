"""Any encoder, any decoder, any pretraining as one captioning method."""
