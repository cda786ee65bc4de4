"""Training and export of the models that serving runs. torch, timm and ultralytics live here only (extra `train`)."""
