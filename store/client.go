package store

import "paceline"

const clientColumns = `id, partner_id, client_id, secret_hash, description, created_at, token_life`

func scanClient(r *Row) paceline.APIClient {
	return paceline.APIClient{
		ID: r.ID(0), Partner: r.Int(1), ClientID: r.Text(2), SecretHash: r.Bytes(3), Description: r.Text(4), CreatedAt: r.Micros(5), TokenLife: r.Int(6),
	}
}

// InsertClient stores one set of client credentials.
func (tx *Tx) InsertClient(scope paceline.Scope, c paceline.APIClient) error {
	_, err := tx.exec(`INSERT INTO api_client (id, partner_id, client_id, secret_hash, description, created_at, token_life)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, c.ID, scope.Partner, c.ClientID, c.SecretHash, c.Description, c.CreatedAt, c.TokenLife)
	return err
}

// Clients returns the partner's sets of client credentials, the oldest first.
func (tx *Tx) Clients(scope paceline.Scope) (clients []paceline.APIClient, err error) {
	err = tx.query(`SELECT `+clientColumns+` FROM api_client WHERE partner_id = $1 ORDER BY created_at, id`,
		[]any{scope.Partner}, func(r *Row) error {
			clients = append(clients, scanClient(r))
			return nil
		})
	return clients, err
}

// ClientByClientID finds credentials of any partner: the token endpoint is where a caller's partner is
// first learned.
func (tx *Tx) ClientByClientID(clientID string) (c paceline.APIClient, found bool, err error) {
	found, err = tx.one(`SELECT `+clientColumns+` FROM api_client WHERE client_id = $1`,
		[]any{clientID}, func(r *Row) { c = scanClient(r) })
	return c, found, err
}

// DeleteClient deletes a set of client credentials and the tokens that were issued to it.
func (tx *Tx) DeleteClient(scope paceline.Scope, c paceline.APIClient) error {
	if _, err := tx.exec(`DELETE FROM access_token WHERE partner_id = $1 AND client_id = $2`,
		scope.Partner, c.ClientID); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM api_client WHERE partner_id = $1 AND id = $2`, scope.Partner, c.ID)
	return err
}
