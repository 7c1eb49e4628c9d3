"""The FHIR R4 interface: health care posts a ServiceRequest and follows its Task (ADR 0019)."""
