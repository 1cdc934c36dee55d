"""WAV: RIFF, RF64 and BW64 files of PCM and floating-point samples."""
