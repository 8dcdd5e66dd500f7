package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"paceline/app"
)

// templateCommand moves templates between installations and files.
type templateCommand struct {
	Export templateExportCommand `cmd:"" help:"Write a template to a file."`
	Import templateImportCommand `cmd:"" help:"Read templates from files."`
}

type templateExportCommand struct {
	app.Storage `embed:""`
	ID          string `arg:"" name:"id" help:"Id of the template."`
	Out         string `type:"path" placeholder:"FILE" help:"Where to write. Default: standard output."`
	Partner     string `placeholder:"ID" help:"Partner, when there are several."`
}

// Run exports.
func (t *templateExportCommand) Run(ctx context.Context, c *console) error {
	var document json.RawMessage
	input := app.TemplateRef{OfPartner: app.OfPartner{Partner: t.Partner}, ID: t.ID}
	if err := app.Ask(ctx, options(c, t.Storage), app.ExportTemplate, input, &document); err != nil {
		return err
	}
	document = append(document, '\n')
	if t.Out == "" {
		_, err := c.out.Write(document)
		return err
	}
	return os.WriteFile(t.Out, document, 0o644)
}

type templateImportCommand struct {
	app.Storage `embed:""`
	Files       []string `arg:"" type:"existingfile" help:"Files that 'template export' or the API wrote."`
	Partner     string   `placeholder:"ID" help:"Partner, when there are several."`
}

// Run imports each file and prints the new template's id.
func (t *templateImportCommand) Run(ctx context.Context, c *console) error {
	for _, file := range t.Files {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		document, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return err
		}
		if !json.Valid(document) {
			return fmt.Errorf("%s is not JSON; want what 'template export' writes", file)
		}
		var made app.TemplateRef
		input := app.TemplateDocument{OfPartner: app.OfPartner{Partner: t.Partner}, Document: document}
		if err := app.Ask(ctx, options(c, t.Storage), app.ImportTemplate, input, &made); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		c.printf("%s  %s\n", made.ID, file)
	}
	return nil
}
