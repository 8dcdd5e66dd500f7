package connector

// SOAPDef says how the envelope of a request of format soap is sent.
type SOAPDef struct {
	Version string `json:"version"` // 1.1 without one, or 1.2
	Action  string `json:"action"`  // of the header SOAPAction, or of the content type
}
