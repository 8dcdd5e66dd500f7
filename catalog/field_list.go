package catalog

import (
	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/store"
)

// checkFieldList refuses what is typed into a property for a list of fields and is none.
func checkFieldList(rel *cycle.Release, in PropertyInput) error {
	def := definedProperty(rel, in.Name)
	if def == nil || len(def.Fields) == 0 || in.Value == nil {
		return nil
	}
	if _, err := connector.ReadFieldList(*in.Value); err != nil {
		return invalid(in.Name, err.Error())
	}
	return nil
}

// listsFields reports whether a release has a property that is a list of fields.
func listsFields(rel *cycle.Release) bool {
	if rel != nil {
		for _, def := range rel.Definition.Properties {
			if len(def.Fields) > 0 {
				return true
			}
		}
	}
	return false
}

// putListedFields makes the fields that are listed in properties custom fields of their methods. Those that are no longer
// listed go; what was set by hand stays.
func putListedFields(tx *store.Tx, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release) error {
	if !listsFields(rel) {
		return nil
	}
	for _, def := range rel.Definition.Properties {
		var listed []paceline.CustomField
		for _, have := range ac.Properties {
			if have.Name == def.Name && have.Value != nil {
				listed, _ = connector.ReadFieldList(*have.Value) // one that was stored before it became a list may be none
			}
		}
		for _, of := range def.Fields {
			for _, side := range []struct {
				object     string
				forRequest bool
			}{{of.Request, true}, {of.Response, false}} {
				if side.object == "" {
					continue
				}
				now, err := tx.CustomFields(a.Scope(), ac.ID)
				if err != nil {
					return err
				}
				at := paceline.CustomField{Method: rel.Compiled.MethodUID(of.Method), ForRequest: side.forRequest}
				if err := replaceDiscovered(tx, a, ac, now, at, connector.Within(side.object, listed), rel); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
