package store

import (
	"encoding/json"
	"fmt"

	"paceline"
)

const partnerColumns = `num, id, name, created_at, settings`

func scanPartner(r *Row, p *paceline.Partner, bad *error) {
	p.Num, p.ID, p.Name, p.CreatedAt = r.Int(0), r.ID(1), r.Text(2), r.Micros(3)
	if err := json.Unmarshal(r.Bytes(4), &p.Settings); err != nil {
		*bad = fmt.Errorf("settings of partner %d: %w", p.Num, err)
	}
}

// InsertPartner stores a partner with its wrapped data key and returns its number.
func (tx *Tx) InsertPartner(p paceline.Partner, keySealed []byte) (int64, error) {
	num, err := tx.nextNum("partner")
	if err != nil {
		return 0, err
	}
	settings, err := json.Marshal(p.Settings)
	if err != nil {
		return 0, err
	}
	_, err = tx.exec(`INSERT INTO partner (num, id, name, created_at, key_sealed, settings)
		VALUES ($1, $2, $3, $4, $5, $6)`, num, p.ID, p.Name, p.CreatedAt, keySealed, settings)
	return num, err
}

// Partner returns the partner of the scope.
func (tx *Tx) Partner(scope paceline.Scope) (p paceline.Partner, found bool, err error) {
	var bad error
	found, err = tx.one(`SELECT `+partnerColumns+` FROM partner WHERE num = $1`, []any{scope.Partner},
		func(r *Row) { scanPartner(r, &p, &bad) })
	if err == nil {
		err = bad
	}
	return p, found, err
}

// PartnerByID finds a partner by the id in the address of a framed page: it is where the partner is learned.
func (tx *Tx) PartnerByID(id paceline.ID) (p paceline.Partner, found bool, err error) {
	var bad error
	found, err = tx.one(`SELECT `+partnerColumns+` FROM partner WHERE id = $1`, []any{id}, func(r *Row) { scanPartner(r, &p, &bad) })
	if err == nil {
		err = bad
	}
	return p, found, err
}

// Partners returns all partners, for the server itself: no caller's request reaches it.
func (tx *Tx) Partners() (all []paceline.Partner, err error) {
	err = tx.query(`SELECT `+partnerColumns+` FROM partner ORDER BY num`, nil, func(r *Row) error {
		var p paceline.Partner
		var bad error
		scanPartner(r, &p, &bad)
		all = append(all, p)
		return bad
	})
	return all, err
}

// PartnerKey returns the wrapped data key of the scope's partner.
func (tx *Tx) PartnerKey(scope paceline.Scope) (sealed []byte, found bool, err error) {
	found, err = tx.one(`SELECT key_sealed FROM partner WHERE num = $1`, []any{scope.Partner},
		func(r *Row) { sealed = r.Bytes(0) })
	return sealed, found, err
}

// UpdatePartner stores name and settings.
func (tx *Tx) UpdatePartner(scope paceline.Scope, p paceline.Partner) error {
	settings, err := json.Marshal(p.Settings)
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE partner SET name = $2, settings = $3 WHERE num = $1`, scope.Partner, p.Name, settings)
	return err
}
