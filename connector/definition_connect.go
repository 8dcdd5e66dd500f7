package connector

// OnConnectDef says what is called with a credential that somebody has just given. Where a call fails, the credential is
// not taken.
type OnConnectDef struct {
	Lookup *ConnectLookupDef `json:"lookup"` // is called first
	Test   string            `json:"test"`   // method that proves that the credential works
}

// ConnectLookupDef fills properties of the account connector with what a method answers.
type ConnectLookupDef struct {
	Method string `json:"method"`
	Set    Pairs  `json:"set"` // (template of row, by the names of the method's response fields), by property of scope account
}
