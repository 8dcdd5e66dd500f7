package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"paceline"
	"paceline/demo/crm"
	"paceline/demo/github"
	"paceline/demo/standin"
	"paceline/store"
	"paceline/tenant"
)

// Names of the demo's accounts and of its template.
const (
	DemoAccount    = "northwind"
	DemoSubAccount = "northwind-berlin"
	DemoTemplate   = "GitHub issue to CRM ticket"
)

// Demo is what the demo must find again at the next start, and what a person may look up meanwhile. It
// lies in the data folder, readable by its owner alone, until 'paceline demo --off'.
type Demo struct {
	Address                  string // base URL of the API at the latest start
	ClientID, ClientSecret   string
	AdminUser, AdminPassword string
	GitHubURL, GitHubToken   string
	CRMURL, CRMKey           string
	WebhookSecret            string
	Cycles                   map[string]string // by API id of the account
	Complete                 bool              // everything has been installed
}

const demoFile = "demo.json"

// ReadDemo returns the demo of a data folder, and false when there is none.
func ReadDemo(data string) (Demo, bool, error) {
	var d Demo
	text, err := os.ReadFile(filepath.Join(data, demoFile))
	if errors.Is(err, fs.ErrNotExist) {
		return d, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		return d, false, fmt.Errorf("the demo's file: %w", err)
	}
	return d, true, nil
}

// demo is the running demo: two remote systems, and its file.
type demo struct {
	Demo
	data        string
	github, crm *standin.Server
}

// save writes the file anew.
func (d *demo) save() error {
	text, err := json.MarshalIndent(d.Demo, "", "  ")
	if err != nil {
		return err
	}
	return writePrivate(filepath.Join(d.data, demoFile), append(text, '\n'))
}

// openDemo starts the demo's remote systems: of the demo in the data folder, else of a new one if the
// database is empty. On any other database it returns nil. Their exact addresses join --egress-allow,
// so that the log and health show them.
func (a *App) openDemo(ctx context.Context) (*demo, error) {
	known, found, err := ReadDemo(a.config.Data)
	if err != nil {
		return nil, err
	}
	if !found {
		empty := false
		err := a.base.store.Read(ctx, func(tx *store.Tx) error {
			all, err := tx.Partners()
			empty = len(all) == 0
			return err
		})
		if err != nil || !empty {
			return nil, err
		}
		known = Demo{
			GitHubToken: "github_pat_" + paceline.NewHexSecret(20), CRMKey: "hb_" + paceline.NewHexSecret(16),
			WebhookSecret: paceline.NewSecret(24), Cycles: map[string]string{},
		}
	}
	d := &demo{Demo: known, data: a.config.Data}
	if err := d.start(a.clock); err != nil {
		d.stop()
		return nil, err
	}
	a.config.EgressAllow = append(a.config.EgressAllow, d.github.Addr(), d.crm.Addr())
	return d, d.save()
}

// start starts the remote systems, where they were before if there is a before.
func (d *demo) start(clock paceline.Clock) (err error) {
	d.github, err = github.Start(github.Options{
		Addr: hostOf(d.GitHubURL), Token: d.GitHubToken, StateFile: filepath.Join(d.data, "demo-github.json"), Clock: clock,
	})
	if err != nil {
		return fmt.Errorf("the demo's GitHub: %w", err)
	}
	d.crm, err = crm.Start(crm.Options{
		Addr: hostOf(d.CRMURL), Key: d.CRMKey, StateFile: filepath.Join(d.data, "demo-crm.json"), Clock: clock,
	})
	if err != nil {
		return fmt.Errorf("the demo's CRM: %w", err)
	}
	d.GitHubURL, d.CRMURL = d.github.URL, d.crm.URL
	return nil
}

// hostOf is the HOST:PORT of a base URL, "" of none.
func hostOf(base string) string { return strings.TrimPrefix(base, "http://") }

func (d *demo) stop() {
	for _, s := range []*standin.Server{d.github, d.crm} {
		if s != nil {
			s.Close()
		}
	}
}

// credentials makes sure that the demo's file has a client credential that works: the first start's, or,
// if that start did not get as far as writing it down, a new one.
func (a *App) demoCredentials(ctx context.Context, made tenant.Credentials) error {
	d := a.demo
	d.Address = localURL(a.public.Addr(), a.config.TLSCert != "")
	if made.ClientID != "" {
		d.ClientID, d.ClientSecret = made.ClientID, made.ClientSecret
		d.AdminUser, d.AdminPassword = made.AdminUser, made.AdminPassword
	}
	if d.ClientID == "" {
		client, err := a.base.Tenant.CreateClient(ctx, paceline.SystemPrincipalOf(made.Partner), tenant.ClientInput{Description: "Demo"})
		if err != nil {
			return err
		}
		d.ClientID, d.ClientSecret = client.ClientID, client.Secret
	}
	return d.save()
}

// welcome is what a start with the demo prints.
func (d *demo) welcome(program string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nThe demo: GitHub stand-in %s, Harbour CRM %s\n", d.GitHubURL, d.CRMURL)
	fmt.Fprintf(&b, "  Client id:      %s\n  Client secret:  %s\n", d.ClientID, d.ClientSecret)
	if d.AdminUser != "" {
		fmt.Fprintf(&b, "  Administrator:  %s   %s\n", d.AdminUser, d.AdminPassword)
	}
	data := dataFlag(d.data)
	fmt.Fprintf(&b, `
Try:
  %[1]s demo event%[2]s
      opens an issue at the GitHub stand-in and shows how it becomes a ticket, step by step
  %[1]s demo event%[2]s --account %[3]s
      the same in the sub account, which uses its parent's connectors
  %[1]s demo event%[2]s --forge      a wrong signature is refused
  %[1]s demo event%[2]s --repeat     the same delivery twice starts one transaction
  %[1]s demo --off%[2]s              ends the demo
`, program, data, DemoSubAccount)
	fmt.Fprintf(&b, `
With curl:
  TOKEN=$(curl -s %[1]s/oauth/token -d grant_type=client_credentials -d client_id=%[2]s -d client_secret=%[3]s | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s %[1]s/v1.0/accounts -H "Authorization: Bearer $TOKEN"
  curl -s %[1]s/v1.0/cycles/transactions -H "Authorization: Bearer $TOKEN" -H "X-Cyclr-Account: %[4]s"
`, d.Address, d.ClientID, d.ClientSecret, DemoAccount)
	return b.String()
}

// dataFlag repeats --data where it is needed.
func dataFlag(data string) string {
	here, err := filepath.Abs(".")
	if err != nil {
		return " --data " + data
	}
	short, err := filepath.Rel(here, data)
	switch {
	case err != nil || strings.HasPrefix(short, ".."):
		return " --data " + data
	case short == "data":
		return ""
	}
	return " --data " + short
}

// EndDemo stops the demo's cycles, revokes its credential and removes its file and its remote systems'
// data. Accounts and their history stay.
const EndDemo = "demo.off"

// DemoEnded says what EndDemo did.
type DemoEnded struct{ Stopped int }

func (b *Base) endDemo(ctx context.Context, _ struct{}) (DemoEnded, error) {
	var out DemoEnded
	d, found, err := ReadDemo(b.storage.Data)
	if err != nil {
		return out, err
	}
	if !found {
		return out, errors.New("this data folder has no demo")
	}
	p, err := b.principal(ctx, OfPartner{})
	if err != nil {
		return out, err
	}
	for account, id := range d.Cycles {
		owner, err := b.Tenant.GetAccount(ctx, p, account)
		if err == nil {
			_, err = b.Cycles.Deactivate(ctx, p, owner, paceline.ID(id), false)
		}
		switch paceline.KindOf(err) {
		case paceline.NotFound: // deleted meanwhile
		default:
			if err != nil {
				return out, fmt.Errorf("stop the cycle of %s: %w", account, err)
			}
			out.Stopped++
		}
	}
	if err := b.Tenant.DeleteClient(ctx, p, d.ClientID); err != nil && paceline.KindOf(err) != paceline.NotFound {
		return out, err
	}
	if b.demoEnded != nil {
		b.demoEnded()
	}
	for _, name := range []string{demoFile, "demo-github.json", "demo-crm.json"} {
		if err := os.Remove(filepath.Join(b.storage.Data, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
	}
	return out, nil
}
