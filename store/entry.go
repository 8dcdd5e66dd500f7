package store

import (
	"context"

	"paceline"
)

// EntryStore names one store of a utility: that of an account connector, for one cycle, or for all with 0.
type EntryStore struct {
	Connector int32
	Cycle     int64
}

// Entry is what a utility keeps under a name.
type Entry struct {
	Name     string
	Revision paceline.ID     // a new one with each change
	Expires  paceline.Micros // 0: never
	// References are digests by which the entry is found besides its name, "" for none.
	References [2]string
	Value      []byte // sealed
}

func (e *Entry) bytes() int64 { return int64(len(e.Name) + len(e.Value)) }

func (e *Entry) over(now paceline.Micros) bool { return e.Expires > 0 && e.Expires <= now }

// EntryLimits bound what is kept.
type EntryLimits struct {
	Entries int64 // of one store
	Bytes   int64 // of all stores of an account: names and sealed values
}

const entryColumns = `name, revision, expires_at, reference_1, reference_2, value`

func scanEntry(r *Row) Entry {
	return Entry{Name: r.Text(0), Revision: r.ID(1), Expires: r.Micros(2), References: [2]string{r.Text(3), r.Text(4)}, Value: r.Bytes(5)}
}

// Entry returns an entry that is not over at now.
func (tx *Tx) Entry(scope paceline.Scope, in EntryStore, name string, now paceline.Micros) (e Entry, found bool, err error) {
	e, found, err = tx.entry(scope, in, name)
	if !found || e.over(now) {
		return Entry{}, false, err
	}
	return e, true, err
}

func (tx *Tx) entry(scope paceline.Scope, in EntryStore, name string) (e Entry, found bool, err error) {
	found, err = tx.one(`SELECT `+entryColumns+` FROM entry
		WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4 AND name = $5`,
		[]any{scope.Partner, scope.Account, in.Connector, in.Cycle, name}, func(r *Row) { e = scanEntry(r) })
	return e, found, err
}

// Entries returns up to n entries in the order of their names: those behind after whose names begin with prefix.
func (tx *Tx) Entries(scope paceline.Scope, in EntryStore, prefix, after string, now paceline.Micros, n int) (list []Entry, err error) {
	err = tx.query(`SELECT `+entryColumns+` FROM entry
		WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4 AND name > $5 AND name >= $6 AND name < $7
			AND (expires_at = 0 OR expires_at > $8) ORDER BY name LIMIT $9`,
		[]any{scope.Partner, scope.Account, in.Connector, in.Cycle, after, prefix, afterPrefix(prefix), now, n}, func(r *Row) error {
			list = append(list, scanEntry(r))
			return nil
		})
	return list, err
}

// afterPrefix is behind every name that begins with the prefix: names are UTF-8, where no such rune is used.
func afterPrefix(prefix string) string { return prefix + "\U0010FFFF" }

// EntriesByReference returns up to n entries behind after whose first or second reference is the digest.
func (tx *Tx) EntriesByReference(scope paceline.Scope, in EntryStore, second bool, digest, after string, now paceline.Micros, n int) (list []Entry, err error) {
	const first = `SELECT ` + entryColumns + ` FROM entry WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4
		AND reference_1 = $5 AND reference_1 <> '' AND name > $6 AND (expires_at = 0 OR expires_at > $7) ORDER BY name LIMIT $8`
	const other = `SELECT ` + entryColumns + ` FROM entry WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4
		AND reference_2 = $5 AND reference_2 <> '' AND name > $6 AND (expires_at = 0 OR expires_at > $7) ORDER BY name LIMIT $8`
	sql := first
	if second {
		sql = other
	}
	err = tx.query(sql, []any{scope.Partner, scope.Account, in.Connector, in.Cycle, digest, after, now, n}, func(r *Row) error {
		list = append(list, scanEntry(r))
		return nil
	})
	return list, err
}

// EntrySize returns how many entries a store holds, with those that are over and not removed yet, and the bytes of
// all stores of the account.
func (tx *Tx) EntrySize(scope paceline.Scope, in EntryStore) (entries, bytes int64, err error) {
	if _, err = tx.one(`SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM entry_size
		WHERE partner_id = $1 AND account_id = $2 AND connector_id <> 0`,
		[]any{scope.Partner, scope.Account}, func(r *Row) { bytes = r.Int(0) }); err != nil {
		return 0, 0, err
	}
	_, err = tx.one(`SELECT entries FROM entry_size WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4`,
		[]any{scope.Partner, scope.Account, in.Connector, in.Cycle}, func(r *Row) { entries = r.Int(0) })
	return entries, bytes, err
}

// resize adds to the size of a store. The row stays locked until the transaction ends, so that changes of one store
// follow each other.
func (tx *Tx) resize(scope paceline.Scope, in EntryStore, entries, bytes int64) error {
	_, err := tx.exec(`INSERT INTO entry_size (account_id, connector_id, cycle_num, partner_id, entries, bytes) VALUES ($2, $3, $4, $1, $5, $6)
		ON CONFLICT (account_id, connector_id, cycle_num) DO UPDATE SET entries = entry_size.entries + excluded.entries, bytes = entry_size.bytes + excluded.bytes`,
		scope.Partner, scope.Account, in.Connector, in.Cycle, entries, bytes)
	return err
}

// PutEntry writes an entry in place of the revision was, or where there is none for "". It says false, and writes
// nothing, when somebody else has changed it meanwhile, or when the limits would be passed (full).
func (tx *Tx) PutEntry(scope paceline.Scope, in EntryStore, e Entry, was paceline.ID, limits EntryLimits) (written, full bool, err error) {
	now := tx.Now()
	if err := tx.resize(scope, in, 0, 0); err != nil {
		return false, false, err
	}
	if err := tx.sweepEntries(scope, in, now); err != nil {
		return false, false, err
	}
	old, found, err := tx.entry(scope, in, e.Name)
	if err != nil {
		return false, false, err
	}
	is := old.Revision
	if !found || old.over(now) {
		is = ""
	}
	if is != was {
		return false, false, nil
	}
	more, grown := int64(1), e.bytes()
	if found {
		more, grown = 0, grown-old.bytes()
	}
	entries, bytes, err := tx.EntrySize(scope, in)
	if err != nil {
		return false, false, err
	}
	if more > 0 && entries+more > limits.Entries || grown > 0 && bytes+grown > limits.Bytes {
		return false, true, nil
	}
	_, err = tx.exec(`INSERT INTO entry (account_id, connector_id, cycle_num, name, partner_id, revision, expires_at, reference_1, reference_2, value)
		VALUES ($2, $3, $4, $5, $1, $6, $7, $8, $9, $10)
		ON CONFLICT (account_id, connector_id, cycle_num, name) DO UPDATE SET revision = excluded.revision, expires_at = excluded.expires_at,
			reference_1 = excluded.reference_1, reference_2 = excluded.reference_2, value = excluded.value`,
		scope.Partner, scope.Account, in.Connector, in.Cycle, e.Name, e.Revision, e.Expires, e.References[0], e.References[1], e.Value)
	if err != nil {
		return false, false, err
	}
	return true, false, tx.resize(scope, in, more, grown)
}

// EntryByReferences returns the first entry in the order of the names with both digests, of which one may be "".
func (tx *Tx) EntryByReferences(scope paceline.Scope, in EntryStore, first, second string, now paceline.Micros) (e Entry, found bool, err error) {
	const both = `SELECT ` + entryColumns + ` FROM entry WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4
		AND reference_1 = $5 AND reference_1 <> '' AND reference_2 = $6 AND (expires_at = 0 OR expires_at > $7) ORDER BY name LIMIT 1`
	const other = `SELECT ` + entryColumns + ` FROM entry WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4
		AND reference_1 = $5 AND reference_2 = $6 AND reference_2 <> '' AND (expires_at = 0 OR expires_at > $7) ORDER BY name LIMIT 1`
	sql := both
	if first == "" {
		sql = other
	}
	found, err = tx.one(sql, []any{scope.Partner, scope.Account, in.Connector, in.Cycle, first, second, now}, func(r *Row) { e = scanEntry(r) })
	return e, found, err
}

// EntryChange is an entry with what stands in its place, nothing for one without a revision.
type EntryChange struct{ Entry, Was Entry }

// Needs is how many entries and bytes more there are with the change.
func (c *EntryChange) Needs() (entries, bytes int64) {
	if c.Was.Revision == "" {
		entries = 1
	}
	return entries, c.Entry.bytes() - c.Was.bytes()
}

// PutEntries writes entries as PutEntry does. When it says that not all of them were written, because somebody else has
// changed one or the limits would be passed (full), the transaction must not be committed.
func (tx *Tx) PutEntries(scope paceline.Scope, in EntryStore, list []EntryChange, limits EntryLimits) (written, full bool, err error) {
	if err := tx.resize(scope, in, 0, 0); err != nil {
		return false, false, err
	}
	if err := tx.sweepEntries(scope, in, tx.Now()); err != nil {
		return false, false, err
	}
	entries, bytes, err := tx.EntrySize(scope, in)
	if err != nil {
		return false, false, err
	}
	var more, grown int64
	for _, c := range list {
		entries, bytes := c.Needs()
		more, grown = more+entries, grown+bytes
	}
	if more > 0 && entries+more > limits.Entries || grown > 0 && bytes+grown > limits.Bytes {
		return false, true, nil
	}
	for _, c := range list {
		e := &c.Entry
		var n int64
		if c.Was.Revision == "" {
			n, err = tx.exec(`INSERT INTO entry (account_id, connector_id, cycle_num, name, partner_id, revision, expires_at, reference_1, reference_2, value)
				VALUES ($2, $3, $4, $5, $1, $6, $7, $8, $9, $10) ON CONFLICT (account_id, connector_id, cycle_num, name) DO NOTHING`,
				scope.Partner, scope.Account, in.Connector, in.Cycle, e.Name, e.Revision, e.Expires, e.References[0], e.References[1], e.Value)
		} else {
			n, err = tx.exec(`UPDATE entry SET revision = $6, expires_at = $7, reference_1 = $8, reference_2 = $9, value = $10
				WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4 AND name = $5 AND revision = $11`,
				scope.Partner, scope.Account, in.Connector, in.Cycle, e.Name, e.Revision, e.Expires, e.References[0], e.References[1], e.Value, c.Was.Revision)
		}
		if err != nil || n == 0 {
			return false, false, err
		}
	}
	return true, false, tx.resize(scope, in, more, grown)
}

// sweptEntries is how many entries that are over a change removes beside its own.
const sweptEntries = 100

func (tx *Tx) sweepEntries(scope paceline.Scope, in EntryStore, now paceline.Micros) error {
	var entries, bytes int64
	err := tx.query(`DELETE FROM entry WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4 AND name IN
		(SELECT e.name FROM entry e WHERE e.partner_id = $1 AND e.account_id = $2 AND e.connector_id = $3 AND e.cycle_num = $4
			AND e.expires_at > 0 AND e.expires_at <= $5 ORDER BY e.expires_at, e.name LIMIT $6) RETURNING name, LENGTH(value)`,
		[]any{scope.Partner, scope.Account, in.Connector, in.Cycle, now, sweptEntries}, func(r *Row) error {
			entries, bytes = entries+1, bytes+int64(len(r.Text(0)))+r.Int(1)
			return nil
		})
	if err != nil || entries == 0 {
		return err
	}
	return tx.resize(scope, in, -entries, -bytes)
}

// DeleteEntries removes up to n entries whose names begin with prefix, and says how many.
func (tx *Tx) DeleteEntries(scope paceline.Scope, in EntryStore, prefix string, n int) (entries int64, err error) {
	var bytes int64
	if err := tx.resize(scope, in, 0, 0); err != nil {
		return 0, err
	}
	err = tx.query(`DELETE FROM entry WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4 AND name IN
		(SELECT e.name FROM entry e WHERE e.partner_id = $1 AND e.account_id = $2 AND e.connector_id = $3 AND e.cycle_num = $4
			AND e.name >= $5 AND e.name < $6 ORDER BY e.name LIMIT $7) RETURNING name, LENGTH(value)`,
		[]any{scope.Partner, scope.Account, in.Connector, in.Cycle, prefix, afterPrefix(prefix), n}, func(r *Row) error {
			entries, bytes = entries+1, bytes+int64(len(r.Text(0)))+r.Int(1)
			return nil
		})
	if err != nil || entries == 0 {
		return 0, err
	}
	return entries, tx.resize(scope, in, -entries, -bytes)
}

// DeleteEntry removes one entry, and says whether it was there.
func (tx *Tx) DeleteEntry(scope paceline.Scope, in EntryStore, name string) (bool, error) {
	if err := tx.resize(scope, in, 0, 0); err != nil {
		return false, err
	}
	old, found, err := tx.entry(scope, in, name)
	if err != nil || !found {
		return false, err
	}
	if _, err := tx.exec(`DELETE FROM entry WHERE partner_id = $1 AND account_id = $2 AND connector_id = $3 AND cycle_num = $4 AND name = $5`,
		scope.Partner, scope.Account, in.Connector, in.Cycle, name); err != nil {
		return false, err
	}
	return !old.over(tx.Now()), tx.resize(scope, in, -1, -old.bytes())
}

// entryStores returns the stores of one cycle that have ever held something.
func (tx *Tx) entryStores(scope paceline.Scope, cycle int64) (list []EntryStore, err error) {
	err = tx.query(`SELECT connector_id, cycle_num FROM entry_size WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 ORDER BY connector_id`,
		[]any{scope.Partner, scope.Account, cycle}, func(r *Row) error {
			list = append(list, EntryStore{Connector: r.Int32(0), Cycle: r.Int(1)})
			return nil
		})
	return list, err
}

// erasedAtOnce is how many entries one transaction removes, so that none holds others up for long.
const erasedAtOnce = 1000

// EraseCycleEntries removes what utilities keep for a cycle, a part at a time.
func (s *Store) EraseCycleEntries(ctx context.Context, scope paceline.Scope, cycle int64) error {
	var stores []EntryStore
	err := s.Read(ctx, func(tx *Tx) (err error) {
		stores, err = tx.entryStores(scope, cycle)
		return err
	})
	for _, in := range stores {
		n := int64(erasedAtOnce)
		for err == nil && n == erasedAtOnce {
			err = s.InTx(ctx, scope, func(tx *Tx) (err error) {
				n, err = tx.DeleteEntries(scope, in, "", erasedAtOnce)
				return err
			})
		}
	}
	return err
}

// EraseEntries removes everything that utilities keep for the account.
func (tx *Tx) EraseEntries(scope paceline.Scope) error {
	for _, sql := range []string{
		`DELETE FROM entry WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM entry_size WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM entry_call WHERE partner_id = $1 AND account_id = $2`,
	} {
		if _, err := tx.exec(sql, scope.Partner, scope.Account); err != nil {
			return err
		}
	}
	return nil
}

// EntryCall returns what a call has answered, sealed.
func (tx *Tx) EntryCall(scope paceline.Scope, call string) (answer []byte, found bool, err error) {
	found, err = tx.one(`SELECT answer FROM entry_call WHERE partner_id = $1 AND account_id = $2 AND call = $3`,
		[]any{scope.Partner, scope.Account, call}, func(r *Row) { answer = r.Bytes(0) })
	return answer, found, err
}

// KeepEntryCall keeps what a call answers until a time, and says false when it was kept before. It removes some that
// are over.
func (tx *Tx) KeepEntryCall(scope paceline.Scope, call string, answer []byte, expires paceline.Micros) (bool, error) {
	var entries, bytes int64
	err := tx.query(`DELETE FROM entry_call WHERE partner_id = $1 AND account_id = $2 AND call IN
		(SELECT e.call FROM entry_call e WHERE e.partner_id = $1 AND e.account_id = $2 AND e.expires_at <= $3 ORDER BY e.expires_at, e.call LIMIT $4)
		RETURNING LENGTH(call) + LENGTH(answer)`,
		[]any{scope.Partner, scope.Account, tx.Now(), sweptEntries}, func(r *Row) error {
			entries, bytes = entries-1, bytes-r.Int(0)
			return nil
		})
	if err != nil {
		return false, err
	}
	n, err := tx.exec(`INSERT INTO entry_call (account_id, call, partner_id, expires_at, answer) VALUES ($2, $3, $1, $4, $5)
		ON CONFLICT (account_id, call) DO NOTHING`, scope.Partner, scope.Account, call, expires, answer)
	if err != nil {
		return false, err
	}
	if n > 0 {
		entries, bytes = entries+1, bytes+int64(len(call)+len(answer))
	}
	return n > 0, tx.resize(scope, entryCalls, entries, bytes)
}

// entryCalls is under which the size of what calls have answered is kept: no account connector has this number.
var entryCalls = EntryStore{}
