"""Exporting a trained model: ``export`` is the job, which compares it with the original, ``openvino_ir`` converts to
OpenVINO IR, and ``record`` keeps the figures of an export."""
