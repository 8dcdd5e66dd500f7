package app

import (
	"context"
	"fmt"
	"os"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/connectors"
	"paceline/templates"
	"paceline/tenant"
	"paceline/web"
)

// prepare makes the database ready to serve: definitions are published, and an empty one gets its partner.
func (a *App) prepare(ctx context.Context) error {
	if err := a.publish(ctx); err != nil {
		return err
	}
	options := tenant.FirstRunOptions{Credentials: a.config.Demo || a.config.ReadyFile != ""}
	if a.demo != nil {
		options.PartnerName = "Demo"
	}
	made, created, err := a.base.Tenant.FirstRun(ctx, options)
	if err != nil {
		return err
	}
	if err := a.publishTemplates(ctx, made.Partner); err != nil {
		return err
	}
	if a.demo != nil {
		if err := a.demoCredentials(ctx, made); err != nil {
			return err
		}
	}
	if !created {
		return nil
	}
	a.firstRun = made
	if made.ClientID != "" {
		return nil
	}
	secret, err := a.base.Tenant.CreateFirstRunLink(ctx, paceline.SystemPrincipalOf(made.Partner))
	if err != nil {
		return fmt.Errorf("first-run link: %w", err)
	}
	a.firstRunLink = firstRunURL(a.serviceURL, secret)
	return nil
}

// publish puts the connectors that come with the program, and those of the folder, into the database. A
// definition that can't be published keeps what was published before; the operator is told.
func (a *App) publish(ctx context.Context) error {
	kept, err := a.base.Catalog.PublishAll(ctx, connectors.Files)
	if err != nil {
		return fmt.Errorf("publish connectors: %w", err)
	}
	a.tellKept(kept)
	if a.config.ConnectorDir == "" {
		return nil
	}
	kept, err = a.base.Catalog.PublishAll(ctx, os.DirFS(a.config.ConnectorDir))
	if err != nil {
		return fmt.Errorf("--connectors %s: %w", a.config.ConnectorDir, err)
	}
	a.tellKept(kept)
	return nil
}

// publishTemplates gives the partner the templates that the demo shows.
func (a *App) publishTemplates(ctx context.Context, partner int64) error {
	if a.demo == nil {
		return nil
	}
	kept, err := a.base.Catalog.PublishTemplates(ctx, paceline.SystemPrincipalOf(partner), templates.Files)
	if err != nil {
		return fmt.Errorf("publish templates: %w", err)
	}
	a.tellKept(kept)
	return nil
}

func (a *App) tellKept(kept []catalog.Kept) {
	for _, k := range kept {
		a.published = append(a.published, fmt.Sprintf("%s was not published: %s", k.File, operatorText(k.Err)))
	}
}

// Welcome is what a start prints on the screen: where the server is, and what only this start can tell.
func (a *App) Welcome() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Paceline %s is ready.\n", a.version)
	if web.Built() {
		fmt.Fprintf(&b, "  Console: %s/\n", a.publicURL)
	}
	fmt.Fprintf(&b, "  API:     %s   (interactive pages at %s/docs/index)\n", a.publicURL, a.publicURL)
	if a.serviceURL != a.publicURL {
		fmt.Fprintf(&b, "  Pages:   %s\n", a.serviceURL)
	}
	if a.private != nil {
		fmt.Fprintf(&b, "  Metrics: %s/metrics   (health details at /health, profiles at /debug/pprof/)\n", localURL(a.private.Addr(), false))
	}
	if a.firstRunLink != "" {
		fmt.Fprintf(&b, "\nThe database is new. Open this link within 60 minutes to set up the administrator; it works once:\n  %s\n", a.firstRunLink)
		fmt.Fprintf(&b, "'%s token first-run%s' makes another.\n", a.program, dataFlag(a.config.Data))
	}
	switch {
	case a.demo != nil:
		b.WriteString(a.demo.welcome(a.program))
	case a.config.Demo:
		b.WriteString("\nNo demo: this database has data of its own.\n")
	}
	for _, warning := range a.warnings() {
		fmt.Fprintf(&b, "\nNote: %s\n", warning)
	}
	return b.String()
}
