package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/store"
	"paceline/tenant"
)

// Names of the operator's commands, which Ask runs.
const (
	ListAccounts       = "account.list"
	CreateAccount      = "account.create"
	CreateClient       = "token.client"
	CreateFirstRunLink = "token.first-run"
	ExportTemplate     = "template.export"
	ImportTemplate     = "template.import"
	RotateKey          = "key.rotate"
	VerifyUsage        = "usage.verify"
	SetOAuthApp        = "connector.app"
	PublishConnector   = "connector.publish"
	SetOrigins         = "partner.origins"
	SetServiceURL      = "partner.service-url"
	CreateMarketplace  = "partner.marketplace"
	SetSigners         = "partner.signers"
	Prune              = "prune"
	Revoke             = "revoke"
	LockCredentials    = "credentials.lock"
	ListNodes          = "nodes"
)

// commands is what each name does. Every operation is the one that the API uses; the caller is the system.
var commands = map[string]func(ctx context.Context, b *Base, input []byte) (any, error){
	ListAccounts:       command((*Base).listAccounts),
	CreateAccount:      command((*Base).createAccount),
	CreateClient:       command((*Base).createClient),
	CreateFirstRunLink: command((*Base).createFirstRunLink),
	ExportTemplate:     command((*Base).exportTemplate),
	ImportTemplate:     command((*Base).importTemplate),
	RotateKey:          command((*Base).rotateKey),
	VerifyUsage:        command((*Base).verifyUsage),
	SetOAuthApp:        command((*Base).setOAuthApp),
	PublishConnector:   command((*Base).publishConnector),
	SetOrigins:         command((*Base).setOrigins),
	SetServiceURL:      command((*Base).setServiceURL),
	CreateMarketplace:  command((*Base).createMarketplace),
	SetSigners:         command((*Base).setSigners),
	EndDemo:            command((*Base).endDemo),
	Prune:              command((*Base).prune),
	Revoke:             command((*Base).revoke),
	LockCredentials:    command((*Base).lockCredentials),
	ListNodes:          command((*Base).listNodes),
}

// command reads the input of one operation.
func command[In, Out any](run func(*Base, context.Context, In) (Out, error)) func(context.Context, *Base, []byte) (any, error) {
	return func(ctx context.Context, b *Base, input []byte) (any, error) {
		var in In
		if err := json.Unmarshal(input, &in); err != nil {
			return nil, fmt.Errorf("the command's input: %w", err)
		}
		return run(b, ctx, in)
	}
}

func (b *Base) command(ctx context.Context, name string, input []byte) (any, error) {
	run, ok := commands[name]
	if !ok {
		return nil, fmt.Errorf("this server has no command %q: it may be another version", name)
	}
	out, err := run(ctx, b, input)
	if !reads[name] { // with an error, too: it may have come behind a part of the change
		b.changed(ctx)
	}
	return out, err
}

// reads are the commands that change nothing of which a server may have kept what it was.
var reads = map[string]bool{ListAccounts: true, ExportTemplate: true, VerifyUsage: true, Prune: true, ListNodes: true}

// OfPartner names the partner of a command; it may be empty while there is one only.
type OfPartner struct{ Partner string }

// principal acts for the partner as the system.
func (b *Base) principal(ctx context.Context, of OfPartner) (paceline.Principal, error) {
	var all []paceline.Partner
	err := b.store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Partners()
		return err
	})
	if err != nil {
		return paceline.Principal{}, err
	}
	var names []string
	for _, p := range all {
		if string(p.ID) == of.Partner || of.Partner == "" && len(all) == 1 {
			return paceline.SystemPrincipalOf(p.Num), nil
		}
		names = append(names, fmt.Sprintf("%s (%s)", p.ID, p.Name))
	}
	switch {
	case len(all) == 0:
		return paceline.Principal{}, errors.New("the database is empty: start the server once")
	case of.Partner == "":
		return paceline.Principal{}, fmt.Errorf("there are several partners; name one with --partner: %s", strings.Join(names, ", "))
	}
	return paceline.Principal{}, fmt.Errorf("there is no partner %s; there is: %s", of.Partner, strings.Join(names, ", "))
}

// AccountEntry is one account in a list.
type AccountEntry struct{ ID, Name, Parent, State string }

// AccountList is the answer of ListAccounts.
type AccountList struct{ Accounts []AccountEntry }

func entryOf(a paceline.Account) AccountEntry {
	state := map[paceline.AccountState]string{
		paceline.AccountActive: "active", paceline.AccountSuspended: "suspended", paceline.AccountDeleted: "deleted",
	}[a.State]
	return AccountEntry{ID: a.APIID, Name: a.Name, Parent: a.ParentID, State: state}
}

func (b *Base) listAccounts(ctx context.Context, in OfPartner) (AccountList, error) {
	out := AccountList{Accounts: []AccountEntry{}}
	p, err := b.principal(ctx, in)
	if err != nil {
		return out, err
	}
	page := paceline.Page{Number: 1, Size: 1000}
	for {
		list, err := b.Tenant.Accounts(ctx, p, tenant.AccountFilter{IncludeSubAccounts: true}, page)
		if err != nil {
			return out, err
		}
		for _, a := range list.Items {
			out.Accounts = append(out.Accounts, entryOf(a))
		}
		if len(list.Items) < page.Size {
			return out, nil
		}
		page.Number++
	}
}

// NewAccount is the input of CreateAccount; empty texts mean the defaults.
type NewAccount struct {
	OfPartner
	ID, Name, Parent, Timezone string
}

func (b *Base) createAccount(ctx context.Context, in NewAccount) (AccountEntry, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return AccountEntry{}, err
	}
	a, err := b.Tenant.CreateAccount(ctx, p, tenant.AccountPatch{
		ID: given(in.ID), Name: given(in.Name), ParentAccountID: given(in.Parent), Timezone: given(in.Timezone),
	})
	return entryOf(a), err
}

// given is a value of a patch, unless it is empty.
func given(text string) tenant.Patch[string] {
	if text == "" {
		return tenant.Patch[string]{}
	}
	return tenant.Value(text)
}

// NewClient is the input of CreateClient.
type NewClient struct {
	OfPartner
	Description string
}

// ClientCredential is shown once and stored nowhere in clear.
type ClientCredential struct{ ClientID, ClientSecret string }

// NewFirstRunLink is the input of CreateFirstRunLink.
type NewFirstRunLink struct {
	OfPartner
	ServiceURL string
}

// FirstRunLink lets whoever has it set the installation up, once, within 60 minutes.
type FirstRunLink struct{ URL string }

func (b *Base) createClient(ctx context.Context, in NewClient) (ClientCredential, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return ClientCredential{}, err
	}
	c, err := b.Tenant.CreateClient(ctx, p, tenant.ClientInput{Description: in.Description})
	return ClientCredential{ClientID: c.ClientID, ClientSecret: c.Secret}, err
}

func (b *Base) createFirstRunLink(ctx context.Context, in NewFirstRunLink) (FirstRunLink, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return FirstRunLink{}, err
	}
	if in.ServiceURL == "" {
		in.ServiceURL = b.serviceURL
	}
	if in.ServiceURL == "" {
		return FirstRunLink{}, errors.New("no server runs on this data folder: name its address with --service-url")
	}
	secret, err := b.Tenant.CreateFirstRunLink(ctx, p)
	if err != nil {
		return FirstRunLink{}, err
	}
	return FirstRunLink{URL: firstRunURL(in.ServiceURL, secret)}, nil
}

// firstRunURL is the address of the set-up page for a link's secret.
func firstRunURL(serviceURL, secret string) string {
	return strings.TrimSuffix(serviceURL, "/") + "/setup?token=" + url.QueryEscape(secret)
}

// TemplateRef names a template.
type TemplateRef struct {
	OfPartner
	ID string
}

func (b *Base) exportTemplate(ctx context.Context, in TemplateRef) (json.RawMessage, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return nil, err
	}
	id, ok := paceline.ParseID(in.ID)
	if !ok {
		return nil, fmt.Errorf("%q is not the id of a template", in.ID)
	}
	return b.Catalog.ExportTemplate(ctx, p, id)
}

// TemplateDocument is the content of a template's file.
type TemplateDocument struct {
	OfPartner
	Document json.RawMessage
}

func (b *Base) importTemplate(ctx context.Context, in TemplateDocument) (TemplateRef, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return TemplateRef{}, err
	}
	t, err := b.Catalog.ImportTemplate(ctx, p, catalog.TemplateImport{Document: in.Document})
	return TemplateRef{ID: string(t.ID)}, err
}
