package store

import "paceline"

const installColumns = `id, account_id, marketplace_id, card, name, person_id, created_at, finished_at, complete, package, changing_at`

func scanInstall(r *Row) paceline.EmbedInstall {
	return paceline.EmbedInstall{
		ID: r.ID(0), Account: r.Int(1), Marketplace: r.Int32(2), Card: r.Text(3), Name: r.Text(4), User: r.ID(5),
		CreatedAt: r.Micros(6), FinishedAt: r.Micros(7), Complete: r.Text(8), Package: r.Int32(9), ChangingAt: r.Micros(10),
	}
}

// InsertEmbedInstall stores an install of the scope's account with its cycles.
func (tx *Tx) InsertEmbedInstall(scope paceline.Scope, in paceline.EmbedInstall) error {
	if _, err := tx.exec(`INSERT INTO embed_install (id, partner_id, account_id, marketplace_id, card, name, person_id, created_at, finished_at, package)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		in.ID, scope.Partner, scope.Account, int64(in.Marketplace), in.Card, in.Name, in.User, in.CreatedAt, in.FinishedAt, int64(in.Package)); err != nil {
		return err
	}
	for i, cycle := range in.Cycles {
		if _, err := tx.exec(`INSERT INTO embed_install_cycle (install_id, place, partner_id, account_id, cycle_id) VALUES ($1, $2, $3, $4, $5)`,
			in.ID, int64(i), scope.Partner, scope.Account, cycle); err != nil {
			return err
		}
	}
	return nil
}

// EmbedInstalls returns the installs of the scope's account after one (""), the oldest first, at most limit.
func (tx *Tx) EmbedInstalls(scope paceline.Scope, after paceline.ID, limit int) (list []paceline.EmbedInstall, err error) {
	at := map[paceline.ID]int{}
	err = tx.query(`SELECT `+installColumns+` FROM embed_install WHERE partner_id = $1 AND account_id = $2 AND id > $3 ORDER BY id LIMIT $4`,
		[]any{scope.Partner, scope.Account, after, int64(limit)}, func(r *Row) error {
			in := scanInstall(r)
			at[in.ID] = len(list)
			list = append(list, in)
			return nil
		})
	if err != nil || len(list) == 0 {
		return list, err
	}
	err = tx.query(`SELECT install_id, cycle_id, resumes FROM embed_install_cycle WHERE partner_id = $1 AND account_id = $2 AND install_id > $3 AND install_id <= $4 ORDER BY install_id, place`,
		[]any{scope.Partner, scope.Account, after, list[len(list)-1].ID}, func(r *Row) error {
			if i, known := at[r.ID(0)]; known {
				list[i].Cycles = append(list[i].Cycles, r.ID(1))
				if r.Bool(2) {
					list[i].Resumes = append(list[i].Resumes, r.ID(1))
				}
			}
			return nil
		})
	return list, err
}

// EmbedInstall finds one of the scope's account.
func (tx *Tx) EmbedInstall(scope paceline.Scope, id paceline.ID) (in paceline.EmbedInstall, found bool, err error) {
	found, err = tx.one(`SELECT `+installColumns+` FROM embed_install WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		[]any{scope.Partner, scope.Account, id}, func(r *Row) { in = scanInstall(r) })
	if err != nil || !found {
		return in, found, err
	}
	err = tx.query(`SELECT cycle_id, resumes FROM embed_install_cycle WHERE partner_id = $1 AND account_id = $2 AND install_id = $3 ORDER BY place`,
		[]any{scope.Partner, scope.Account, id}, func(r *Row) error {
			in.Cycles = append(in.Cycles, r.ID(0))
			if r.Bool(1) {
				in.Resumes = append(in.Resumes, r.ID(0))
			}
			return nil
		})
	return in, true, err
}

// EmbedInstallOf finds the install that a cycle of the scope's account belongs to.
func (tx *Tx) EmbedInstallOf(scope paceline.Scope, cycle paceline.ID) (id paceline.ID, found bool, err error) {
	found, err = tx.one(`SELECT install_id FROM embed_install_cycle WHERE partner_id = $1 AND account_id = $2 AND cycle_id = $3`,
		[]any{scope.Partner, scope.Account, cycle}, func(r *Row) { id = r.ID(0) })
	return id, found, err
}

// FinishEmbedInstall notes that the set-up has come to its end, and reports whether it had not before. complete is what the
// partner wants to be told with it.
func (tx *Tx) FinishEmbedInstall(scope paceline.Scope, id paceline.ID, complete string) (bool, error) {
	n, err := tx.exec(`UPDATE embed_install SET finished_at = $4, complete = $5 WHERE partner_id = $1 AND account_id = $2 AND id = $3 AND finished_at = 0`,
		scope.Partner, scope.Account, id, tx.Now(), complete)
	return n > 0, err
}

// BeginEmbedChange notes that somebody changes an install of the scope's account, and which of its cycles ran until then.
func (tx *Tx) BeginEmbedChange(scope paceline.Scope, id paceline.ID, resumes []paceline.ID) error {
	if _, err := tx.exec(`UPDATE embed_install SET changing_at = $4 WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		scope.Partner, scope.Account, id, tx.Now()); err != nil {
		return err
	}
	for _, cycle := range resumes {
		if _, err := tx.exec(`UPDATE embed_install_cycle SET resumes = 1 WHERE partner_id = $1 AND account_id = $2 AND install_id = $3 AND cycle_id = $4`,
			scope.Partner, scope.Account, id, cycle); err != nil {
			return err
		}
	}
	return nil
}

// KeepEmbedChange notes that whoever changes an install is still there; nothing for one that nobody changes.
func (tx *Tx) KeepEmbedChange(scope paceline.Scope, id paceline.ID) error {
	_, err := tx.exec(`UPDATE embed_install SET changing_at = $4 WHERE partner_id = $1 AND account_id = $2 AND id = $3 AND changing_at <> 0`,
		scope.Partner, scope.Account, id, tx.Now())
	return err
}

// EndEmbedChange notes that nobody changes an install any more.
func (tx *Tx) EndEmbedChange(scope paceline.Scope, id paceline.ID) error {
	if _, err := tx.exec(`UPDATE embed_install_cycle SET resumes = 0 WHERE partner_id = $1 AND account_id = $2 AND install_id = $3 AND resumes <> 0`,
		scope.Partner, scope.Account, id); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE embed_install SET changing_at = 0 WHERE partner_id = $1 AND account_id = $2 AND id = $3 AND changing_at <> 0`,
		scope.Partner, scope.Account, id)
	return err
}

// LeftChange is an install that somebody has begun to change and was not heard of since.
type LeftChange struct {
	Scope paceline.Scope
	ID    paceline.ID
}

// sqlLeftChanges serves the owner nodes, which look after the installs of all accounts.
const sqlLeftChanges = `SELECT partner_id, account_id, id FROM embed_install WHERE changing_at <> 0 AND changing_at <= $1 AND id > $2 ORDER BY id LIMIT $3`

// LeftChanges returns a page of those that were left before a time, after the one with the id after.
func (tx *Tx) LeftChanges(before paceline.Micros, after paceline.ID, limit int) (list []LeftChange, err error) {
	err = tx.query(sqlLeftChanges, []any{before, after, int64(limit)}, func(r *Row) error {
		list = append(list, LeftChange{Scope: paceline.Scope{Partner: r.Int(0), Account: r.Int(1)}, ID: r.ID(2)})
		return nil
	})
	return list, err
}

// DeleteEmbedInstalls removes an install of the scope's account, or all of them without an id.
func (tx *Tx) DeleteEmbedInstalls(scope paceline.Scope, id paceline.ID) error {
	if _, err := tx.exec(`DELETE FROM embed_install_cycle WHERE partner_id = $1 AND account_id = $2 AND ($3 = '' OR install_id = $3)`,
		scope.Partner, scope.Account, id); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM embed_install WHERE partner_id = $1 AND account_id = $2 AND ($3 = '' OR id = $3)`,
		scope.Partner, scope.Account, id)
	return err
}
