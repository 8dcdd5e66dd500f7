package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// fileValues are the settings of a configuration file, by flag name.
type fileValues map[string]any

// configFile reads a YAML file, and so a JSON one.
func configFile(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	values := fileValues{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("configuration file: %s", strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return values, nil
}

// Validate refuses a key that no command has a flag for: a misspelt setting must not go unnoticed.
func (v fileValues) Validate(app *kong.Application) error {
	known := map[string]bool{}
	err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && flag.Name != "help" && flag.Name != "config" {
			known[flag.Name] = true
		}
		return next(nil)
	})
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(v) {
		if !known[name] {
			return fmt.Errorf("configuration file: there is no setting %q", name)
		}
		if _, nested := v[name].(map[string]any); nested {
			return fmt.Errorf("configuration file: %q must be a plain value or a list", name)
		}
	}
	return nil
}

// Resolve gives a flag its value from the file, unless the environment sets it.
func (v fileValues) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := v[flag.Name]
	if !ok || value == nil {
		return nil, nil
	}
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	switch value := value.(type) {
	case []any:
		return value, nil
	case bool:
		return value, nil
	default:
		return fmt.Sprint(value), nil
	}
}

func sortedKeys(v fileValues) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
