package connector

import (
	"fmt"
	"slices"
)

// Differences says in sentences what another release of a connector may do that the one before may not, and the reverse:
// the hosts that it calls, the scopes that it asks for, the ways in which it signs in, and its scripts. These are what
// somebody looks at who takes a definition from others.
func Differences(before, after *Definition) []string {
	var list []string
	compare := func(what string, was, is []string) {
		for _, v := range is {
			if !slices.Contains(was, v) {
				list = append(list, fmt.Sprintf("%s is new: %s", what, v))
			}
		}
		for _, v := range was {
			if !slices.Contains(is, v) {
				list = append(list, fmt.Sprintf("%s is gone: %s", what, v))
			}
		}
	}
	compare("a host", before.AllowedHosts, after.AllowedHosts)
	compare("a scope", before.allScopes(), after.allScopes())
	compare("a way to sign in", before.signIns(), after.signIns())
	was, is := before.scripts(), after.scripts()
	for _, s := range is {
		switch k := slices.IndexFunc(was, func(o placedScript) bool { return o.place == s.place }); {
		case k < 0:
			list = append(list, "a script is new: "+s.place)
		case was[k].source != s.source:
			list = append(list, "a script is another: "+s.place)
		}
	}
	for _, s := range was {
		if !slices.ContainsFunc(is, func(o placedScript) bool { return o.place == s.place }) {
			list = append(list, "a script is gone: "+s.place)
		}
	}
	return list
}

// allScopes are those that people may be asked for.
func (d *Definition) allScopes() (list []string) {
	for _, a := range d.Auth {
		if a.Scopes != nil {
			list = append(list, a.Scopes.Default...)
		}
	}
	for _, m := range d.Methods {
		list = append(list, m.Scopes...)
	}
	for _, t := range d.Triggers {
		list = append(list, t.Scopes...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (d *Definition) signIns() (list []string) {
	for _, a := range d.Auth {
		list = append(list, a.ID+" ("+a.Type+")")
		for _, part := range a.Parts {
			list = append(list, a.ID+", "+part.ID+" ("+part.Type+")")
		}
	}
	return list
}

// placedScript is a script with where it stands.
type placedScript struct{ place, source string }

func (d *Definition) scripts() (list []placedScript) {
	add := func(place string, s *ScriptDef) {
		if s != nil {
			list = append(list, placedScript{place, s.Source})
		}
	}
	add("connector", d.Script)
	for _, m := range d.Methods {
		add("method "+m.ID, m.Script)
	}
	for _, t := range d.Triggers {
		add("trigger "+t.ID, t.Script)
	}
	return list
}
