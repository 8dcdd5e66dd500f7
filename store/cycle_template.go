package store

import "paceline"

// UpgradeableCycle is a cycle with the live release of its template, which is another than its own.
type UpgradeableCycle struct {
	paceline.Cycle
	Latest paceline.ID
}

const upgradeableFrom = ` JOIN template_release r ON r.template_id = c.template_id AND r.partner_id = c.partner_id AND r.status = 'Live'
	WHERE c.partner_id = $1 AND c.account_id = $2 AND c.template_id <> '' AND c.state <> 6 AND r.id <> c.template_release_id`

// UpgradeableCycles returns a page of the account's cycles whose template has another live release than theirs,
// by name.
func (tx *Tx) UpgradeableCycles(scope paceline.Scope, page paceline.Page) (list paceline.List[UpgradeableCycle], err error) {
	args := []any{scope.Partner, scope.Account}
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM cycle c`+upgradeableFrom+` LIMIT $3) counted`, args); err != nil {
		return list, err
	}
	err = tx.query(`SELECT `+cycleColumns+`, r.id`+cycleFrom+upgradeableFrom+` ORDER BY c.name_fold`+direction(page)+`, c.id`+direction(page)+` LIMIT $3 OFFSET $4`,
		append(args, page.Limit(), page.Offset()), func(r *Row) error {
			c, err := scanCycle(r)
			list.Items = append(list.Items, UpgradeableCycle{c, r.ID(21)})
			return err
		})
	return list, err
}

// CycleOfTemplate returns the account's oldest cycle of a template that is not in the recycle bin; with a name,
// the oldest that has it.
func (tx *Tx) CycleOfTemplate(scope paceline.Scope, template paceline.ID, name string) (paceline.Cycle, bool, error) {
	return tx.oneCycle(`SELECT `+cycleColumns+cycleFrom+` WHERE c.partner_id = $1 AND c.account_id = $2
		AND c.template_id = $3 AND c.state <> 6 AND ($4 = '' OR c.name_fold = $4) ORDER BY c.num LIMIT 1`,
		scope.Partner, scope.Account, template, foldOrEmpty(name))
}
