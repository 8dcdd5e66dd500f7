package mapping

import (
	"fmt"
	"slices"
	"strings"

	"paceline"
)

// MaxText bounds one text that is made from merge fields, in bytes.
const MaxText = 16 << 20

// The names of the running system that merge fields may use in any letter case. Env.System receives them as written
// here; dates are RFC 3339 text.
const (
	MergeAccountID         = "AccountId"
	MergeAccountExternalID = "AccountExternalId"
	MergeCycleID           = "CycleId"
	MergeTransactionID     = "TransactionId"
	MergeLastSuccess       = "LastSuccessfulRunDate"
	MergeWebhookURL        = "Cyclr_Webhook_Url"
	MergeWebhookID         = "Cyclr_Webhook_Id"
	MergeAuthAPIKey        = "Cyclr_Auth_ApiKey"
	MergeAuthUsername      = "Cyclr_Auth_Username"
	MergeAuthPassword      = "Cyclr_Auth_Password"
)

// SystemNames lists the names of the running system.
var SystemNames = []string{
	MergeAccountID, MergeAccountExternalID, MergeCycleID, MergeTransactionID, MergeLastSuccess,
	MergeWebhookURL, MergeWebhookID, MergeAuthAPIKey, MergeAuthUsername, MergeAuthPassword,
}

// template is typed text, cut at its merge fields.
type template struct {
	pieces []piece
}

// piece is a stretch of plain text or one merge field.
type piece struct {
	text   string // plain text, when ref is ""
	ref    string // what stands between the braces, without the format
	format string
}

// parseTemplate cuts text at its merge fields.
func parseTemplate(text string) (template, error) {
	var t template
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			t.pieces = append(t.pieces, piece{text: plain.String()})
			plain.Reset()
		}
	}
	for rest := text; rest != ""; {
		open := strings.Index(rest, "{{")
		if open < 0 {
			plain.WriteString(rest)
			break
		}
		if open > 0 && rest[open-1] == '\\' {
			plain.WriteString(rest[:open-1])
			plain.WriteString("{{")
			rest = rest[open+2:]
			continue
		}
		plain.WriteString(rest[:open])
		end := strings.Index(rest[open:], "}}")
		if end < 0 {
			at := len(text) - len(rest) + open
			return template{}, fmt.Errorf("the merge field that opens at character %d is never closed", at+1)
		}
		flush()
		p := parseReference(rest[open+2 : open+end])
		if p.ref == "" {
			return template{}, fmt.Errorf("a merge field is empty")
		}
		t.pieces = append(t.pieces, p)
		rest = rest[open+end+2:]
	}
	flush()
	return t, nil
}

// parseReference cuts "ref format=pattern".
func parseReference(inner string) piece {
	ref := strings.TrimSpace(inner)
	if k := strings.LastIndex(ref, " format="); k >= 0 {
		return piece{ref: strings.TrimSpace(ref[:k]), format: strings.TrimSpace(ref[k+len(" format="):])}
	}
	return piece{ref: ref}
}

// constant returns the text when it has no merge fields.
func (t template) constant() (string, bool) {
	switch {
	case len(t.pieces) == 0:
		return "", true
	case len(t.pieces) == 1 && t.pieces[0].ref == "":
		return t.pieces[0].text, true
	}
	return "", false
}

// References returns what the merge fields of text refer to, without formats, in order and each once. Its error says
// which merge field is wrong.
func References(text string) ([]string, error) {
	t, err := parseTemplate(text)
	if err != nil {
		return nil, err
	}
	var refs []string
	for _, p := range t.pieces {
		if p.ref != "" && !slices.Contains(refs, p.ref) {
			refs = append(refs, p.ref)
		}
	}
	return refs, nil
}

// systemName returns the name of the running system that ref is, in its proper letter case.
func systemName(ref string) (string, bool) {
	for _, name := range SystemNames {
		if strings.EqualFold(name, ref) {
			return name, true
		}
	}
	return "", false
}

// stepReference finds the step that ref begins with, and the rest of ref, a location. Its ordinal is -1 when ref does
// not begin with a step of the plan.
func stepReference(plan *paceline.Plan, ref string) (ordinal int, location string, err error) {
	if len(ref) > 37 && ref[36] == '.' {
		if id, ok := paceline.ParseID(ref[:36]); ok {
			ordinal := plan.StepByID(id)
			if ordinal < 0 {
				return -1, "", fmt.Errorf("the merge field {{%s}} refers to a step that is not in this cycle", ref)
			}
			return ordinal, ref[37:], nil
		}
	}
	same := func(a, b string) bool { return a == b }
	for range 2 {
		found, longest, twice := -1, 0, false
		for i := range plan.Steps {
			n := len(plan.Steps[i].Name)
			if n == 0 || n < longest || len(ref) < n+2 || ref[n] != '.' || !same(ref[:n], plan.Steps[i].Name) {
				continue
			}
			twice = n == longest
			found, longest = i, n
		}
		if twice {
			return -1, "", fmt.Errorf("the merge field {{%s}} could mean several steps named %q; use the step's id", ref, plan.Steps[found].Name)
		}
		if found >= 0 {
			return found, ref[longest+1:], nil
		}
		same = strings.EqualFold
	}
	return -1, "", nil
}
