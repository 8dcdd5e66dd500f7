package store

import "paceline"

// UpgradeableCycle is a cycle with the live release of its template, which is another than its own.
type UpgradeableCycle struct {
	paceline.Cycle
	Latest paceline.ID
}

// outdated is the numbers of an account's cycles whose template has another live release than theirs, found from the
// partner's templates; CROSS keeps SQLite at that order.
const outdated = `SELECT c.num FROM template t CROSS JOIN template_release r CROSS JOIN cycle c
		WHERE t.partner_id = $1 AND r.partner_id = $1 AND r.template_id = t.id AND r.status = 'Live'
		AND c.partner_id = $1 AND c.account_id = $2 AND c.template_id = t.id AND c.template_release_id < r.id AND c.state <> 6
	UNION ALL SELECT c.num FROM template t CROSS JOIN template_release r CROSS JOIN cycle c
		WHERE t.partner_id = $1 AND r.partner_id = $1 AND r.template_id = t.id AND r.status = 'Live'
		AND c.partner_id = $1 AND c.account_id = $2 AND c.template_id = t.id AND c.template_release_id > r.id AND c.state <> 6`

// UpgradeableCycles returns a page of the account's cycles whose template has another live release than theirs,
// by name.
func (tx *Tx) UpgradeableCycles(scope paceline.Scope, page paceline.Page) (list paceline.List[UpgradeableCycle], err error) {
	args := []any{scope.Partner, scope.Account}
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (`+outdated+` LIMIT $3) counted`, args); err != nil || list.Total == 0 {
		return list, err
	}
	cycles, next, err := tx.pageOfCycles(upgradeable(list.Total), "c.name_fold", args, page)
	if err != nil {
		return list, err
	}
	list.Next = next
	latest := map[paceline.ID]paceline.ID{}
	for _, c := range cycles {
		id, known := latest[c.Template]
		if !known {
			rel, _, err := tx.LiveRelease(scope, c.Template)
			if err != nil {
				return list, err
			}
			id = rel.ID
			latest[c.Template] = id
		}
		list.Items = append(list.Items, UpgradeableCycle{c, id})
	}
	return list, nil
}

// upgradeable is the numbers of those cycles, of which there are total, or very many.
func upgradeable(total int) string {
	if total < 0 { // so many that the order soon comes upon a page of them
		return `SELECT c.num FROM cycle c WHERE c.account_id = $2 AND c.state <> 6 AND EXISTS (SELECT 1 FROM template_release r
			WHERE r.partner_id = $1 AND r.template_id = c.template_id AND r.status = 'Live' AND r.id <> c.template_release_id)`
	}
	return `SELECT c.num FROM cycle c WHERE +c.account_id = $2 AND c.num IN (` + outdated + `)`
}

// CycleOfTemplate returns the account's oldest cycle of a template that is not in the recycle bin; with a name,
// the oldest that has it.
func (tx *Tx) CycleOfTemplate(scope paceline.Scope, template paceline.ID, name string) (paceline.Cycle, bool, error) {
	return tx.oneCycle(`SELECT `+cycleColumns+cycleFrom+` WHERE c.partner_id = $1 AND c.account_id = $2
		AND c.template_id = $3 AND c.state <> 6 AND ($4 = '' OR c.name_fold = $4) ORDER BY c.num LIMIT 1`,
		scope.Partner, scope.Account, template, foldOrEmpty(name))
}
