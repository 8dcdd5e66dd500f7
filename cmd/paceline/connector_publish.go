package main

import (
	"context"
	"fmt"

	"paceline/app"
	"paceline/connector"
)

type connectorPublishCommand struct {
	app.Storage `embed:""`
	reporting   `embed:""`
	Paths       []string `arg:"" help:"Definition files, or folders that hold a connector.yaml somewhere below."`
	Sign        string   `placeholder:"FILE" help:"Sign with this key of connector key, instead of taking connector.sig beside the definition."`
	Draft       bool     `help:"Make a draft, which the next publication of the same version replaces; it is not offered."`
	Partner     string   `placeholder:"ID" help:"Partner, when there are several."`
}

// Run checks all files and then publishes each as the partner's own. A published version never changes: another
// document under its number is an error.
func (p *connectorPublishCommand) Run(ctx context.Context, c *console) error {
	files, err := definitionFiles(p.Paths)
	if err != nil {
		return err
	}
	failed := false
	for _, file := range files {
		for _, problem := range connector.LintFile(file) {
			fmt.Fprintln(c.err, problem)
			failed = failed || !problem.Warning
		}
	}
	if failed {
		return errShown
	}
	var key []byte
	if p.Sign != "" {
		secret, err := readSecret(c, p.Sign)
		if err != nil {
			return err
		}
		key = []byte(secret)
	}
	done := []app.Release{}
	for _, file := range files {
		pub, err := readPublication(file, key)
		if err != nil {
			return err
		}
		input := app.NewRelease{OfPartner: app.OfPartner{Partner: p.Partner}, Name: file, Document: pub.Document, Icon: pub.Icon, Draft: p.Draft, Signature: pub.Signature}
		var out app.Release
		if err := app.Ask(ctx, options(c, p.Storage), app.PublishConnector, input, &out); err != nil {
			fmt.Fprintf(c.err, "%s: error: %s\n", file, explain(err))
			return errShown
		}
		what := "published"
		switch {
		case !out.Changed:
			what = "was published before"
		case p.Draft:
			what = "is a draft"
		}
		if out.Signer != "" {
			what += ", signed by " + out.Signer
		}
		p.text(c).printf("%s %s %s\n", out.Key, out.Version, what)
		for _, difference := range out.Differences {
			p.text(c).printf("  %s\n", difference)
		}
		done = append(done, out)
	}
	return p.line(c, struct{ Releases []app.Release }{done})
}
