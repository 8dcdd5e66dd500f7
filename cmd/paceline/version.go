package main

import (
	"runtime"
	"runtime/debug"

	"paceline/script/worker"
)

// version is set by the build; a build without it names its commit.
var version = ""

type versionCommand struct {
	Licenses bool `help:"Print the licences of the libraries that scripts may name, which are in the program."`
}

// Run prints the version, the commit and what built it.
func (v versionCommand) Run(c *console) error {
	if v.Licenses {
		c.printf("%s", worker.Licenses())
		return nil
	}
	c.printf("paceline %s (%s, %s/%s)\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	if commit == "" {
		return "development"
	}
	return "development " + commit + changed
}
