package tenant

import (
	"context"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines without a zone database, too
	"unicode"
	"unicode/utf8"

	"paceline"
	"paceline/store"
)

// AccountPatch is what a caller may say about an account, when creating it and when changing it.
type AccountPatch struct {
	ID              Patch[string] // API id
	ParentAccountID Patch[string] // API id or GUID of the parent; only when creating
	Name            Patch[string]
	Description     Patch[string]
	AuditInfo       Patch[string]
	TaskAuditInfo   Patch[string]
	Timezone        Patch[string]
	NextBillDate    Patch[time.Time]

	SuccessRetentionHours Patch[int]
	ErrorRetentionHours   Patch[int]

	ErrorWebhookEnabled         Patch[bool]
	ErrorWebhookURL             Patch[string]
	ErrorWebhookIncludeWarnings Patch[bool]

	ConcurrentTransactions Patch[int]
}

// The bounds of texts, in letters.
const (
	maxID   = 255
	maxName = 255
	maxText = 10_000
)

// apply changes a as the patch says, or says what is wrong with the patch. It does not look at ids.
func (c AccountPatch) apply(a *paceline.Account) error {
	if c.Name.Set {
		if c.Name.Null || strings.TrimSpace(c.Name.Value) == "" {
			return paceline.Fail(paceline.CodeNameRequired)
		}
		if err := checkText("Name", c.Name.Value, maxName); err != nil {
			return err
		}
		a.Name = c.Name.Value
	}
	for _, text := range []struct {
		name string
		from Patch[string]
		to   **string
	}{
		{"Description", c.Description, &a.Description},
		{"AuditInfo", c.AuditInfo, &a.AuditInfo},
		{"TaskAuditInfo", c.TaskAuditInfo, &a.TaskAuditInfo},
	} {
		if err := checkText(text.name, text.from.Value, maxText); err != nil {
			return err
		}
		text.from.intoPtr(text.to)
	}
	if c.Timezone.given() {
		if !validZone(c.Timezone.Value) {
			return paceline.Fail(paceline.CodeTimezoneInvalid)
		}
		a.Timezone = c.Timezone.Value
	}
	// Typed clients send the zero date for a date that they don't mean to set.
	if c.NextBillDate.given() && c.NextBillDate.Value.Year() > 1 {
		a.NextBillDate = paceline.ToMicros(c.NextBillDate.Value)
	}
	if err := applyRetention(&a.Retention, c.SuccessRetentionHours, c.ErrorRetentionHours); err != nil {
		return err
	}
	if err := applyConcurrent(&a.ConcurrentTransactions, c.ConcurrentTransactions); err != nil {
		return err
	}
	return c.applyErrorWebhook(&a.ErrorWebhook)
}

// maxConcurrent bounds the steps of one account that may run at once.
const maxConcurrent = 10_000

// applyConcurrent sets the number of steps that may run at once; null and 0 mean the inherited one.
func applyConcurrent(n *int, from Patch[int]) error {
	if from.given() && (from.Value < 0 || from.Value > maxConcurrent) {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "ConcurrentTransactions",
			"reason", fmt.Sprintf("it must lie between 0 and %d", maxConcurrent))
	}
	if from.Set {
		*n = from.Value
	}
	return nil
}

func applyRetention(r *paceline.Retention, success, failure Patch[int]) error {
	for _, hours := range []struct {
		name string
		from Patch[int]
		to   **int
	}{
		{"StepDataSuccessRetentionHours", success, &r.SuccessHours},
		{"StepDataErroredRetentionHours", failure, &r.ErrorHours},
	} {
		if hours.from.given() && hours.from.Value < 0 {
			return paceline.Fail(paceline.CodeRetentionNegative, "name", hours.name, "value", hours.from.Value)
		}
		hours.from.Value = min(hours.from.Value, paceline.MaxRetentionHours)
		hours.from.intoPtr(hours.to)
	}
	return nil
}

// applyErrorWebhook judges the merged state, and only if the caller touched any part of it.
func (c AccountPatch) applyErrorWebhook(w *paceline.AccountErrorWebhook) error {
	if !c.ErrorWebhookEnabled.Set && !c.ErrorWebhookURL.Set && !c.ErrorWebhookIncludeWarnings.Set {
		return nil
	}
	c.ErrorWebhookEnabled.into(&w.Enabled)
	c.ErrorWebhookIncludeWarnings.into(&w.IncludeWarnings)
	c.ErrorWebhookURL.intoPtr(&w.URL)
	if w.URL == nil || *w.URL == "" {
		w.URL = nil
		if w.Enabled {
			return paceline.Fail(paceline.CodeErrorWebhookNoURL)
		}
		return nil
	}
	full, err := webhookURL(*w.URL)
	if err != nil {
		return err
	}
	w.URL = &full
	return nil
}

// checkText refuses what cannot be stored or shown as text.
func checkText(name, text string, most int) error {
	switch {
	case !utf8.ValidString(text):
		return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", "it is not UTF-8 text")
	case strings.ContainsRune(text, 0):
		return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", "it contains a NUL character")
	case utf8.RuneCountInString(text) > most:
		return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", "it is too long")
	}
	return nil
}

// checkAPIID refuses API ids that could not be sent as a header or a path segment.
func checkAPIID(id string) error {
	reason := ""
	switch {
	case !utf8.ValidString(id):
		reason = "it is not UTF-8 text"
	case utf8.RuneCountInString(id) > maxID:
		reason = "it is longer than 255 characters"
	case id != strings.TrimSpace(id):
		reason = "it begins or ends with white space"
	case strings.IndexFunc(id, unicode.IsControl) >= 0:
		reason = "it contains a control character"
	case id == "." || id == "..":
		reason = "it cannot be part of an address"
	default:
		return nil
	}
	return paceline.Fail(paceline.CodeAccountIDInvalid, "reason", reason)
}

// validZone reports whether name is an IANA zone. "Local" and "" mean other things to the time package.
func validZone(name string) bool {
	if name == "" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// findAccount looks an account up by API id, else by internal GUID in any letter case. Deleted accounts
// are not found.
func findAccount(tx *store.Tx, scope paceline.Scope, id string) (paceline.Account, bool, error) {
	if checkAPIID(id) != nil {
		return paceline.Account{}, false, nil
	}
	a, found, err := tx.AccountByAPIID(scope, id)
	if err != nil || found {
		return a, found, err
	}
	guid, ok := paceline.ParseID(id)
	if !ok {
		return a, false, nil
	}
	a, found, err = tx.AccountByID(scope, guid)
	return a, found && a.State != paceline.AccountDeleted, err
}

// mustFindAccount is findAccount for operations that answer "not found".
func mustFindAccount(tx *store.Tx, scope paceline.Scope, id string) (paceline.Account, error) {
	a, found, err := findAccount(tx, scope, id)
	if err == nil && !found {
		err = notFound("Account")
	}
	return a, err
}

// checkFree refuses an API id that already leads to an account. was is the account that is being
// renamed, else empty.
func checkFree(tx *store.Tx, scope paceline.Scope, id string, was paceline.ID) error {
	a, found, err := tx.AccountByAPIID(scope, id)
	if err != nil {
		return err
	}
	if found && a.ID != was {
		return paceline.Fail(paceline.CodeAccountIDInUse)
	}
	// An internal GUID leads to its own account only, also after that one was deleted (decision D-5).
	if guid, ok := paceline.ParseID(id); ok && guid != was {
		if _, found, err = tx.AccountByID(scope, guid); err != nil {
			return err
		} else if found {
			return paceline.Fail(paceline.CodeAccountIDInUse)
		}
	}
	return nil
}

// GetAccount returns an account by API id or internal GUID. Errors: NotFound.
func (t *Tenant) GetAccount(ctx context.Context, p paceline.Principal, id string) (a paceline.Account, err error) {
	if err := needPartner(p, AreaAccounts, paceline.ViewRight); err != nil {
		return a, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		a, err = mustFindAccount(tx, p.PartnerScope(), id)
		return err
	})
	return a, err
}
