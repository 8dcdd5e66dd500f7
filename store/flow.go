package store

import (
	"encoding/json"
	"fmt"

	"paceline"
)

// writeFlow encodes a flow for its column.
func writeFlow(f paceline.Flow) []byte {
	if f.Brief {
		panic("store: a flow of a list is not the whole flow")
	}
	b, err := json.Marshal(f)
	if err != nil {
		panic("store: a flow is always JSON: " + err.Error())
	}
	return b
}

func readFlow(b []byte) (f paceline.Flow, err error) {
	if err = json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("read a flow: %w", err)
	}
	return f, nil
}

// briefFlow is as much of a flow as lists show of it. Mappings are most of a flow, and reading a page of cycles is reading
// their flows.
type briefFlow struct {
	Schema int
	Steps  []struct {
		ID, Origin       paceline.ID
		Name             string
		Kind             paceline.StepKind
		Connector        *paceline.StepConnector
		Method           paceline.ID
		AccountConnector int32
	}
	Edges    []paceline.Edge
	Settings paceline.FlowSettings
}

func readBriefFlow(b []byte) (paceline.Flow, error) {
	var brief briefFlow
	if err := json.Unmarshal(b, &brief); err != nil {
		return paceline.Flow{}, fmt.Errorf("read a flow: %w", err)
	}
	f := paceline.Flow{Schema: brief.Schema, Steps: make([]paceline.Step, len(brief.Steps)), Edges: brief.Edges, Settings: brief.Settings, Brief: true}
	for i, s := range brief.Steps {
		f.Steps[i] = paceline.Step{ID: s.ID, Origin: s.Origin, Name: s.Name, Kind: s.Kind, Connector: s.Connector, Method: s.Method, AccountConnector: s.AccountConnector}
	}
	return f, nil
}

func writeTags(tags []string) string {
	if len(tags) == 0 {
		return "[]"
	}
	b, err := json.Marshal(tags)
	if err != nil {
		panic("store: tags are always JSON: " + err.Error())
	}
	return string(b)
}

func readTags(text string) (tags []string) {
	if text != "[]" {
		// What was written is a list of strings; anything else reads as no tags.
		_ = json.Unmarshal([]byte(text), &tags)
	}
	return tags
}

// RunCopy is the immutable copy of a cycle's flow that runs under one version (D-7).
type RunCopy struct {
	Scope paceline.Scope
	Flow  paceline.Flow
}

// InsertRunCopy stores the copy of a cycle's present version; a second one of a version is a no-op.
func (tx *Tx) InsertRunCopy(c paceline.Cycle) error {
	_, err := tx.exec(`INSERT INTO cycle_run (cycle_num, version, partner_id, account_id, flow, created_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (cycle_num, version) DO NOTHING`,
		c.Num, c.Version, c.Partner, c.Account, writeFlow(c.Flow), tx.Now())
	return err
}

// RunCopy returns the copy that a transaction runs. It is asked for by number, for transactions and cycles that were read from the
// store.
func (tx *Tx) RunCopy(cycle, version int64) (run RunCopy, found bool, err error) {
	var bad error
	found, err = tx.one(`SELECT partner_id, account_id, flow FROM cycle_run WHERE cycle_num = $1 AND version = $2`,
		[]any{cycle, version}, func(r *Row) {
			run.Scope = paceline.Scope{Partner: r.Int(0), Account: r.Int(1)}
			run.Flow, bad = readFlow(r.Bytes(2))
		})
	if err == nil && bad != nil {
		err = fmt.Errorf("%w: %w", paceline.ErrPlan, bad)
	}
	return run, found, err
}
