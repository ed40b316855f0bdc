"""Exporting a trained model: ``export`` is the job, ``openvino_ir`` converts to OpenVINO IR, ``latency`` measures
speed, and ``record`` keeps the figures of an export."""
