package api

import (
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"paceline"
)

// Enums of requests. A name in any letter case or the integer of its place is read; names are written.
type (
	errorActionIn string
	splitTypeIn   string
	actionTypeIn  string
	edgeTypeIn    string
	mappingTypeIn string
)

var (
	errorActionNames = []string{"Ignore", "Retry", "StopCycle", "StopTransaction"}
	splitTypeNames   = []string{"None", "First", "All"}
	actionTypeNames  = []string{"Unknown", "Action", "Decision", "Delay", "WaitUntil", "Webhook", "WaitAll", "SynchronousResponse", "Annotation", "Switch"}
	mappingTypeNames = []string{"StepField", "StaticValue", "ValueList", "Trigger", "Variable", "Ignore"}
	// mappingTypeAliases are other names that callers know, by lower case.
	mappingTypeAliases = map[string]string{
		"previousstep": "StepField", "stepoutput": "StepField", "field": "StepField", "lookup": "Trigger",
		"cyclevariable": "Variable", "accountvariable": "Variable",
	}
	// edgeTypeNames count from 1. Default and Case1, Case2 and so on are a switch's.
	edgeTypeNames = []string{"", "Forward", "True", "False", "Default"}
)

// edgeTypePattern is what an EdgeType looks like.
const edgeTypePattern = "^(Forward|True|False|Default|Case[1-9][0-9]{0,2})$"

// SetEnum reads a StepErrorAction.
func (e *errorActionIn) SetEnum(text string) bool { return pick((*string)(e), text, errorActionNames) }

// SetEnum reads a CollectionSplitType.
func (e *splitTypeIn) SetEnum(text string) bool { return pick((*string)(e), text, splitTypeNames) }

// SetEnum reads an ActionType.
func (e *actionTypeIn) SetEnum(text string) bool { return pick((*string)(e), text, actionTypeNames) }

// SetEnum reads an EdgeType.
func (e *edgeTypeIn) SetEnum(text string) bool {
	if digits, ok := strings.CutPrefix(strings.ToLower(text), "case"); ok {
		*e = edgeTypeIn("Case" + digits)
		return paceline.EdgeType(*e).Case() > 0
	}
	return pick((*string)(e), text, edgeTypeNames)
}

// SetEnum reads a MappingType or one of its aliases.
func (e *mappingTypeIn) SetEnum(text string) bool {
	if name, alias := mappingTypeAliases[strings.ToLower(text)]; alias {
		text = name
	}
	return pick((*string)(e), text, mappingTypeNames)
}

// Schema lists the names.
func (actionTypeIn) Schema(huma.Registry) *huma.Schema { return enumSchema(actionTypeNames[1:]) }

// Schema tells the pattern.
func (edgeTypeIn) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: edgeTypePattern}
}

// Schema lists the names.
func (mappingTypeIn) Schema(huma.Registry) *huma.Schema { return enumSchema(mappingTypeNames) }

// Schema lists the names.
func (errorActionIn) Schema(huma.Registry) *huma.Schema { return enumSchema(errorActionNames) }

// Schema lists the names.
func (splitTypeIn) Schema(huma.Registry) *huma.Schema { return enumSchema(splitTypeNames) }

func pick(into *string, text string, names []string) bool {
	for i, name := range names {
		if strings.EqualFold(name, text) || strconv.Itoa(i) == text {
			*into = name
			return true
		}
	}
	return false
}

func enumSchema(names []string) *huma.Schema {
	s := &huma.Schema{Type: "string"}
	for _, name := range names {
		s.Enum = append(s.Enum, name)
	}
	return s
}
