package api

// EnsureQuery lets a caller repeat a call that makes something: what is there already is the answer.
type EnsureQuery struct {
	Ensure string `query:"ensure" enum:"true,false" doc:"Extension: with true, what exists already is returned as it is, instead of an error or another one."`
}

func (q EnsureQuery) ensure() (bool, error) { return queryBool(q.Ensure, "ensure") }
