// Command paceline is the server of an embedded integration platform and the tool of those who run it.
//
// Each command is one file and one struct; main.go names them all. Flags, environment and configuration
// file fill the same structs (see config_file.go).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"paceline"
	"paceline/script/worker"
)

// Exit codes: scripts may rely on them.
const (
	exitFailed = 1
	exitUsage  = 2
)

// cli is the whole command line.
type cli struct {
	Config kong.ConfigFlag `type:"path" placeholder:"FILE" help:"Read settings from a YAML or JSON file whose keys are flag names. Flags and environment win over it."`

	Serve       serveCommand       `cmd:"" help:"Run the server."`
	Demo        demoCommand        `cmd:"" help:"Show the demo, send it an event, or end it."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database up to date and stop."`
	Connector   connectorCommand   `cmd:"" help:"Check and test connector definitions."`
	Script      scriptCommand      `cmd:"" help:"Try scripts."`
	Template    templateCommand    `cmd:"" help:"Export and import templates."`
	Partner     partnerCommand     `cmd:"" help:"Change settings of a partner."`
	Account     accountCommand     `cmd:"" help:"List and create accounts."`
	Token       tokenCommand       `cmd:"" help:"Make client credentials and first-run links."`
	Key         keyCommand         `cmd:"" help:"Make and rotate the installation key."`
	Usage       usageCommand       `cmd:"" help:"Check the tasks that accounts are billed by."`
	Backup      backupCommand      `cmd:"" help:"Write everything but the key into a file, also while a server runs."`
	Restore     restoreCommand     `cmd:"" help:"Put a backup in the place of a database."`
	Move        moveCommand        `cmd:"" help:"Move a data folder's database to PostgreSQL."`
	Prune       pruneCommand       `cmd:"" help:"Remove now what is over its retention."`
	Revoke      revokeCommand      `cmd:"" help:"End credentials: of a connection, an account, a connector or a partner."`
	Credentials credentialsCommand `cmd:"" help:"Lock all credentials in an emergency, and unlock them."`
	Nodes       nodesCommand       `cmd:"" help:"List the servers that share a PostgreSQL, with their shards and queues."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

const description = `Paceline runs integrations that a software vendor builds once and installs for each customer.

Begin with:
  paceline serve --demo        a server with a demo to look at, in ./data
  paceline demo event          send the demo an event and watch it run

Each flag of a command can also be set by an environment variable (PACELINE_ADDR for --addr) or in the file of --config.`

// console is where commands read and write.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// printf writes a line or more to standard output.
func (c *console) printf(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

func main() {
	if len(os.Args) == 2 && os.Args[1] == worker.Argument { // the server started it to run scripts
		os.Exit(worker.Main(os.Stdin, os.Stdout))
	}
	os.Exit(run(os.Args[1:], &console{os.Stdin, os.Stdout, os.Stderr}))
}

// run executes one command line and returns the exit code.
func run(args []string, c *console) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the first signal is ours; a second one ends the process
	dropEmptyEnvironment()
	exited := -1
	parser, err := kong.New(&cli{},
		kong.Name("paceline"),
		kong.Description(description),
		kong.UsageOnError(),
		kong.Writers(c.out, c.err),
		kong.Exit(func(code int) { exited = code }),
		kong.DefaultEnvars("PACELINE"),
		kong.Configuration(configFile),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.Bind(c),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		fmt.Fprintln(c.err, "paceline:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help has been printed
		return exited
	}
	if err != nil {
		usage(parser, c, err)
		return exitUsage
	}
	if err := command.Run(); err != nil {
		if !errors.Is(err, errShown) {
			fmt.Fprintln(c.err, "paceline:", explain(err))
		}
		if _, not := errors.AsType[notRun](err); not {
			return exitUsage
		}
		return exitFailed
	}
	return 0
}

// dropEmptyEnvironment takes a variable that is set to nothing for one that is not set, as people mean it.
func dropEmptyEnvironment() {
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); value == "" && strings.HasPrefix(name, "PACELINE_") {
			os.Unsetenv(name)
		}
	}
}

// notRun ends a command that could not do at all what it was asked for, where the other exit code tells of what it did.
type notRun struct{ error }

// errShown ends a command that has already printed what is wrong.
var errShown = errors.New("failed")

// usage prints what is wrong with a command line, and how to learn more.
func usage(parser *kong.Kong, c *console, err error) {
	name := "paceline"
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil {
		for _, word := range strings.Fields(parse.Context.Command()) {
			if !strings.HasPrefix(word, "<") {
				name += " " + word
			}
		}
	}
	fmt.Fprintf(c.err, "paceline: %v\nTry '%s --help'.\n", err, name)
}

// explain returns what an operator should read about err: he may see causes, unlike API callers.
func explain(err error) string {
	e, ok := errors.AsType[*paceline.Error](err)
	switch {
	case !ok:
		return err.Error()
	case e.Err == nil:
		return e.Message()
	case e.Code == paceline.CodeBusy: // what callers of the API are told says nothing of the database
		return strings.Replace(err.Error(), e.Error(), "the database does not answer: "+e.Err.Error(), 1)
	}
	return err.Error()
}
