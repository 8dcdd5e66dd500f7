package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/connector/openapi"
	"paceline/script"
	"paceline/script/worker"
)

// connectorCommand checks definitions without a server, tries them, and publishes them.
type connectorCommand struct {
	Lint connectorLintCommand `cmd:"" help:"Check connector definitions and say what is wrong, by file and line."`
	Test connectorTestCommand `cmd:"" help:"Play the tests of connector folders against their fixtures; nothing is sent."`
	Try  connectorTryCommand  `cmd:"" help:"Call one method of a connector for real and show what was sent and what came back, secrets masked."`

	Publish connectorPublishCommand `cmd:"" help:"Publish connectors as the partner's own, in a running server or its data folder."`

	Key  connectorKeyCommand  `cmd:"" help:"Make a key to sign connectors with, and print the signer that others trust."`
	Sign connectorSignCommand `cmd:"" help:"Sign connectors: write connector.sig beside each definition."`

	App    connectorAppCommand    `cmd:"" help:"Register the partner's app at the vendor of a connector that uses OAuth 2."`
	Verify connectorVerifyCommand `cmd:"" help:"Check every method's request against a vendor's OpenAPI document; nothing is sent."`
}

type connectorLintCommand struct {
	reporting `embed:""`
	Paths     []string `arg:"" help:"Definition files, or folders that hold a connector.yaml somewhere below."`
	Shipped   bool     `help:"Take warnings for errors, as for connectors that come with Paceline."`
}

// lintFigures is what --report json of connector lint tells.
type lintFigures struct {
	Files, Ok, Errors, Warnings int
	Problems                    []connector.Problem
}

// Run prints each problem on a line of its own and fails when one of them is an error.
func (l *connectorLintCommand) Run(ctx context.Context, c *console) error {
	files, err := definitionFiles(l.Paths)
	if err != nil {
		return err
	}
	scripts, err := scriptWorkers()
	if err != nil {
		return err
	}
	defer scripts.Close()
	figures := lintFigures{Files: len(files), Problems: []connector.Problem{}}
	for _, file := range files {
		problems, err := lintScripts(ctx, scripts, file, connector.LintFile(file))
		if err != nil {
			return err
		}
		for _, p := range problems {
			fmt.Fprintln(c.err, p)
			if p.Warning {
				figures.Warnings++
			} else {
				figures.Errors++
			}
		}
		figures.Problems = append(figures.Problems, problems...)
		if !connector.Failed(problems) && !(l.Shipped && len(problems) > 0) {
			figures.Ok++
			l.text(c).printf("%s: ok\n", file)
		}
	}
	if err := l.line(c, figures); err != nil {
		return err
	}
	if figures.Ok < figures.Files {
		return errShown
	}
	return nil
}

// lintScripts adds what is wrong with the scripts of a definition that is right otherwise.
func lintScripts(ctx context.Context, scripts *script.Pool, file string, problems []connector.Problem) ([]connector.Problem, error) {
	if connector.Failed(problems) {
		return problems, nil
	}
	doc, err := os.ReadFile(file)
	if err != nil {
		return problems, err
	}
	def, _ := connector.ParseIn(os.DirFS(filepath.Dir(file)), file, doc)
	if def == nil || !def.Scripted() {
		return problems, nil
	}
	more, err := connector.CheckScripts(ctx, scripts, script.Account{}, file, doc, def)
	return append(problems, more...), err
}

// definitionFiles finds the definitions below the paths; a path without one is an error.
func definitionFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		before := len(files)
		err = filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && (entry.Name() == "connector.yaml" || entry.Name() == "connector.json") {
				files = append(files, at)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(files) == before {
			return nil, fmt.Errorf("%s holds no connector.yaml", path)
		}
	}
	return files, nil
}

// scriptWorkers are the processes that run scripts; the first one starts with the first script.
func scriptWorkers() (*script.Pool, error) {
	program, err := script.Program()
	if err != nil {
		return nil, err
	}
	return script.NewPool(script.Config{Command: []string{program, worker.Argument}, Warm: 1}), nil
}

type connectorTestCommand struct {
	reporting `embed:""`
	Paths     []string `arg:"" help:"Connector folders, or folders that hold some below."`
}

// testFigures is what --report json of connector test tells.
type testFigures struct {
	Folders, Passed, Tests, Failed, Problems int
	Connectors                               []connectortest.Report
}

// Run prints what became of each folder and fails when one did not pass.
func (t *connectorTestCommand) Run(c *console) error {
	files, err := definitionFiles(t.Paths)
	if err != nil {
		return err
	}
	scripts, err := scriptWorkers()
	if err != nil {
		return err
	}
	defer scripts.Close()
	figures := testFigures{Folders: len(files), Connectors: []connectortest.Report{}}
	for _, file := range files {
		report := connectortest.RunFolder(filepath.Dir(file), func(config *connector.Config) { config.Scripts = scripts })
		t.text(c).printf("%s\n", report)
		figures.Connectors = append(figures.Connectors, connectortest.Report{ // with lists, never null
			Connector: report.Connector, Problems: append([]connector.Problem{}, report.Problems...),
			Cases: append([]connectortest.Case{}, report.Cases...), Untested: append([]string{}, report.Untested...),
		})
		figures.Tests += len(report.Cases)
		figures.Problems += len(report.Problems)
		for _, test := range report.Cases {
			if len(test.Failures) > 0 {
				figures.Failed++
			}
		}
		if report.Passed() {
			figures.Passed++
		}
	}
	if err := t.line(c, figures); err != nil {
		return err
	}
	if figures.Passed < figures.Folders {
		return errShown
	}
	return nil
}

type connectorVerifyCommand struct {
	reporting `embed:""`
	Path      string `arg:"" help:"Connector file or folder."`
	OpenAPI   string `name:"openapi" required:"" placeholder:"FILE" help:"The vendor's document, OpenAPI 2 or 3, in JSON or YAML."`
}

// Run prints each method that differs from the document and fails when one does.
func (v *connectorVerifyCommand) Run(c *console) error {
	path := v.Path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = connector.FileIn(path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	def, problems := connector.ParseIn(os.DirFS(filepath.Dir(path)), path, text)
	if def == nil || connector.Failed(problems) {
		for _, p := range problems {
			fmt.Fprintln(c.err, p)
		}
		return errShown
	}
	document, err := os.ReadFile(v.OpenAPI)
	if err != nil {
		return err
	}
	report, err := openapi.Verify(def, document)
	if err != nil {
		return fmt.Errorf("%s: %w", v.OpenAPI, err)
	}
	v.text(c).printf("%s\n", report)
	if err := v.line(c, report); err != nil {
		return err
	}
	if !report.OK() {
		return errShown
	}
	return nil
}
