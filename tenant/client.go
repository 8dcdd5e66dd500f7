package tenant

import (
	"context"
	"crypto/sha256"
	"time"

	"paceline"
	"paceline/store"
)

// maxClients is the number of sets of client credentials that a partner can have.
const maxClients = 5

// NewClient is a new set of client credentials. The secret is shown this once: only its SHA-256 is kept.
type NewClient struct {
	paceline.APIClient
	Secret string
}

// newClient makes credentials; whoever stores them must keep the partner's limit.
func (t *Tenant) newClient(description string) NewClient {
	now := t.clock.Now()
	c := NewClient{Secret: paceline.NewSecret(32)}
	sum := sha256.Sum256([]byte(c.Secret))
	c.APIClient = paceline.APIClient{
		ID: paceline.NewID(now), ClientID: paceline.NewHexSecret(16), SecretHash: sum[:],
		Description: description, CreatedAt: paceline.ToMicros(now),
	}
	return c
}

// ClientInput is what a set of client credentials is to be.
type ClientInput struct {
	Description string
	// TokenLife is how long its access tokens last, five minutes at least; 0 is fourteen days, the longest.
	TokenLife time.Duration
}

const minTokenLife = 5 * time.Minute

// CreateClient makes a set of client credentials. Errors: Invalid, also CodeClientLimit.
func (t *Tenant) CreateClient(ctx context.Context, p paceline.Principal, in ClientInput) (NewClient, error) {
	if err := needPartner(p, AreaCredentials, paceline.EditRight); err != nil {
		return NewClient{}, err
	}
	if err := checkText("Description", in.Description, maxName); err != nil {
		return NewClient{}, err
	}
	if in.TokenLife != 0 && (in.TokenLife < minTokenLife || in.TokenLife > tokenLife+time.Second) {
		return NewClient{}, paceline.Fail(paceline.CodeFieldInvalid, "name", "TokenMinutes", "reason", "it is not between 5 and 20160")
	}
	c := t.newClient(in.Description)
	c.Partner, c.TokenLife = p.Partner, int64(min(in.TokenLife, tokenLife)/time.Second)
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		clients, err := tx.Clients(p.PartnerScope())
		if err != nil {
			return err
		}
		if len(clients) >= maxClients {
			return paceline.Fail(paceline.CodeClientLimit, "limit", maxClients)
		}
		return insertClient(tx, p, c.APIClient)
	})
	if err != nil {
		return NewClient{}, err
	}
	return c, nil
}

func insertClient(tx *store.Tx, p paceline.Principal, c paceline.APIClient) error {
	if err := tx.InsertClient(p.PartnerScope(), c); err != nil {
		return err
	}
	return audit(tx, p, 0, "client.created", "client", c.ClientID, c.Description)
}

// Clients lists the partner's sets of client credentials, the oldest first, without secrets.
func (t *Tenant) Clients(ctx context.Context, p paceline.Principal) (clients []paceline.APIClient, err error) {
	if err := needPartner(p, AreaCredentials, paceline.ViewRight); err != nil {
		return nil, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		clients, err = tx.Clients(p.PartnerScope())
		return err
	})
	return clients, err
}

// DeleteClient deletes a set of client credentials by its ID or its client id, and revokes the tokens
// that were issued to it. Errors: NotFound.
func (t *Tenant) DeleteClient(ctx context.Context, p paceline.Principal, id string) error {
	if err := needPartner(p, AreaCredentials, paceline.ManageRight); err != nil {
		return err
	}
	var gone paceline.APIClient
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		clients, err := tx.Clients(p.PartnerScope())
		if err != nil {
			return err
		}
		found := false
		for _, c := range clients {
			if string(c.ID) == id || c.ClientID == id {
				gone, found = c, true
			}
		}
		if !found {
			return notFound("Client")
		}
		if err := tx.DeleteClient(p.PartnerScope(), gone); err != nil {
			return err
		}
		return audit(tx, p, 0, "client.deleted", "client", gone.ClientID, gone.Description)
	})
	if err != nil {
		return err
	}
	t.tokens.forgetIf(func(_ tokenHash, e bearerEntry) bool { return e.clientID == gone.ClientID })
	return nil
}
