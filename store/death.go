package store

import "strconv"

// metaDeaths counts how often a process of the engine died in a row, the present life included where it is alone; 0 after a clean stop.
const metaDeaths = "engine.deaths"

// Deaths returns how often processes of the engine died in a row.
func (tx *Tx) Deaths() (int, error) {
	value, _, err := tx.Meta(metaDeaths)
	n, _ := strconv.Atoi(string(value)) // none yet is 0
	return n, err
}

// SetDeaths notes how often they did.
func (tx *Tx) SetDeaths(n int) error {
	return tx.SetMeta(metaDeaths, strconv.AppendInt(nil, int64(n), 10))
}

func (tx *Tx) countDeath() error {
	n, err := tx.Deaths()
	if err != nil {
		return err
	}
	return tx.SetDeaths(n + 1)
}
