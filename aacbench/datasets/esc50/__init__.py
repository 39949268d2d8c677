"""ESC-50 and ESC-10: five-second clips of one of 50 (10) environmental sounds, in five folds (Piczak, ACM MM 2015)."""
