package connector

// CursorDef says how a method that lists what is new knows from where on: templates of its request have the
// cursor.value of the step.
type CursorDef struct {
	Field   string     `json:"field"`   // (location) of a row: the greatest one is where the next call begins; the time of the call without it
	Type    string     `json:"type"`    // datetime, number, text or link; datetime without one
	Link    string     `json:"link"`    // of type link: (location) in the last page of the address that the next call asks, in place of the method's
	Initial string     `json:"initial"` // of a step that never ran: now, all, or a value; now for datetime and link, else all
	Overlap string     `json:"overlap"` // of datetime: so much before it, for what the vendor shows late
	Dedupe  *DedupeDef `json:"dedupe"`
}

// DedupeDef says by what a row is known, so that one that comes again with the overlap is left out.
type DedupeDef struct {
	Key     string `json:"key"`     // (location) of a row
	Version string `json:"version"` // (location) of a row: with another one it is new
}

// JobDef says that a method begins a job of the vendor. The step waits, and its output is that of the job.
type JobDef struct {
	// Values are read out of the answer that began the job, by name of a parameter of poll and result: (location).
	Values map[string]string `json:"values"`
	Poll   JobPollDef        `json:"poll"`
	Result string            `json:"result"` // method that fetches what the job made; the last answer of poll without one
}

// JobPollDef says how a job is asked whether it is done.
type JobPollDef struct {
	Method  string            `json:"method"`
	Every   string            `json:"every"`   // between two calls
	Done    string            `json:"done"`    // (CEL) of body
	Failed  string            `json:"failed"`  // (CEL) of body
	Message string            `json:"message"` // (location) in the answer of a failed job
	Values  map[string]string `json:"values"`  // further ones for result: (location) in the answer of a job that is done
	Timeout string            `json:"timeout"` // 24 hours without one
}
