package api

import (
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Enums of requests. A name in any letter case or the integer of its place is read; names are written.
type (
	errorActionIn string
	splitTypeIn   string
)

var (
	errorActionNames = []string{"Ignore", "Retry", "StopCycle", "StopTransaction"}
	splitTypeNames   = []string{"None", "First", "All"}
)

// SetEnum reads a StepErrorAction.
func (e *errorActionIn) SetEnum(text string) bool { return pick((*string)(e), text, errorActionNames) }

// SetEnum reads a CollectionSplitType.
func (e *splitTypeIn) SetEnum(text string) bool { return pick((*string)(e), text, splitTypeNames) }

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
