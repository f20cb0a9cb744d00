"""What the tests of diagnosis share: captures and logs of each trouble, and other ends to listen to and to survey."""
