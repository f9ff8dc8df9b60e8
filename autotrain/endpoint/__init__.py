"""Any OpenAI-compatible address as a model: evaluated as local weights are, and talked to."""

from autotrain.endpoint.model import Endpoint as Endpoint
