package store

import (
	"strings"

	"paceline"
)

// UpgradeableCycle is a cycle with the live release of its template, which is another than its own.
type UpgradeableCycle struct {
	paceline.Cycle
	Latest paceline.ID
}

// made is what some of an account's cycles were made of.
type made struct{ template, release paceline.ID }

// madeOf walks through the account's pairs of template and release, one index entry for each, however many cycles it has.
const madeOf = `WITH RECURSIVE pair(template, release) AS (
		SELECT template_id, template_release_id FROM cycle WHERE num = (
			SELECT num FROM cycle WHERE account_id = $2 ORDER BY template_id, template_release_id LIMIT 1)
		UNION ALL SELECT
			CASE WHEN (SELECT n.template_release_id FROM cycle n WHERE n.account_id = $2 AND n.template_id = p.template
					AND n.template_release_id > p.release ORDER BY n.template_release_id LIMIT 1) IS NOT NULL THEN p.template
				ELSE (SELECT n.template_id FROM cycle n WHERE n.account_id = $2 AND n.template_id > p.template ORDER BY n.template_id LIMIT 1) END,
			COALESCE(
				(SELECT n.template_release_id FROM cycle n WHERE n.account_id = $2 AND n.template_id = p.template
					AND n.template_release_id > p.release ORDER BY n.template_release_id LIMIT 1),
				(SELECT n.template_release_id FROM cycle n WHERE n.account_id = $2 AND n.template_id > p.template
					ORDER BY n.template_id, n.template_release_id LIMIT 1))
			FROM pair p WHERE p.template IS NOT NULL)
	SELECT template, release, live FROM (SELECT p.template, p.release, (SELECT r.id FROM template_release r
		WHERE r.partner_id = $1 AND r.template_id = p.template AND r.status = 'Live') AS live FROM pair p) of
		WHERE live <> release ORDER BY template, release`

// outdated returns the pairs of the account whose template has another live release, and that release by template.
func (tx *Tx) outdated(scope paceline.Scope) (pairs []made, live map[paceline.ID]paceline.ID, err error) {
	live = map[paceline.ID]paceline.ID{}
	err = tx.query(madeOf, []any{scope.Partner, scope.Account}, func(r *Row) error {
		pairs = append(pairs, made{r.ID(0), r.ID(1)})
		live[r.ID(0)] = r.ID(2)
		return nil
	})
	return pairs, live, err
}

// UpgradeableCycles returns a page of the account's cycles whose template has another live release than theirs,
// by name.
func (tx *Tx) UpgradeableCycles(scope paceline.Scope, page paceline.Page) (list paceline.List[UpgradeableCycle], err error) {
	pairs, live, err := tx.outdated(scope)
	if err != nil {
		return list, err
	}
	if list.Total, err = tx.countMade(scope, pairs); err != nil || list.Total == 0 {
		return list, err
	}
	chosen, args := upgradeable(scope, pairs, list.Total)
	cycles, next, err := tx.pageOfCycles(chosen, "c.name_fold", args, page)
	list.Next = next
	for _, c := range cycles {
		list.Items = append(list.Items, UpgradeableCycle{c, live[c.Template]})
	}
	return list, err
}

// countMade counts the cycles of the pairs that are not in the recycle bin, each pair by its index entries: a plan for all
// of them at once would be one for the account's every cycle.
func (tx *Tx) countMade(scope paceline.Scope, pairs []made) (total int, err error) {
	for _, m := range pairs {
		n, err := tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM cycle c WHERE c.partner_id = $1 AND c.account_id = $2
			AND c.template_id = $3 AND c.template_release_id = $4 AND c.state <> 6 LIMIT $5) counted`,
			[]any{scope.Partner, scope.Account, m.template, m.release})
		if total += n; err != nil || n < 0 || total > paceline.MaxCount {
			return -1, err
		}
	}
	return total, nil
}

// upgradeable is the numbers of those cycles, of which there are total, or very many, and its parameters.
func upgradeable(scope paceline.Scope, pairs []made, total int) (chosen string, args []any) {
	const many = 100
	args = []any{scope.Partner, scope.Account}
	if total < 0 || len(pairs) > many { // so many that the order soon comes upon a page of them
		return `SELECT c.num FROM cycle c WHERE c.account_id = $2 AND c.state <> 6 AND EXISTS (SELECT 1 FROM template_release r
			WHERE r.partner_id = $1 AND r.template_id = c.template_id AND r.status = 'Live' AND r.id <> c.template_release_id)`, args
	}
	var of []string
	for _, m := range pairs {
		args = append(args, m.template, m.release)
		of = append(of, `SELECT m.num FROM cycle m WHERE +m.partner_id = $1 AND m.account_id = $2 AND m.template_id = `+placeholder(len(args)-1)+
			` AND m.template_release_id = `+placeholder(len(args))+` AND m.state <> 6`)
	}
	return `SELECT c.num FROM cycle c WHERE +c.partner_id = $1 AND +c.account_id = $2 AND c.num IN (` + strings.Join(of, ` UNION ALL `) + `)`, args
}

// CycleOfTemplate returns the account's oldest cycle of a template that is not in the recycle bin; with a name,
// the oldest that has it.
func (tx *Tx) CycleOfTemplate(scope paceline.Scope, template paceline.ID, name string) (paceline.Cycle, bool, error) {
	return tx.oneCycle(`SELECT `+cycleColumns+cycleFrom+` WHERE c.partner_id = $1 AND c.account_id = $2
		AND c.template_id = $3 AND c.state <> 6 AND ($4 = '' OR c.name_fold = $4) ORDER BY c.num LIMIT 1`,
		scope.Partner, scope.Account, template, foldOrEmpty(name))
}
