"""Results become blocks, blocks become one file per format, files become a folder that a machine can check."""
