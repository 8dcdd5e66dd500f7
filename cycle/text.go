package cycle

import (
	"strings"
	"unicode/utf8"

	"paceline"
)

// The bounds of texts that callers give to cycles and templates, in characters.
const (
	maxName        = 250
	maxDescription = 10_000
	maxTags        = 100
	maxTag         = 100
)

// CheckTexts refuses names, descriptions and tags that a TEXT column cannot hold or nobody could read.
func CheckTexts(name string, description *string, tags []string) error {
	if err := checkText("Name", name, maxName); err != nil {
		return err
	}
	if description != nil {
		if err := checkText("Description", *description, maxDescription); err != nil {
			return err
		}
	}
	if len(tags) > maxTags {
		return invalid("Tags", "there are more than 100")
	}
	for _, tag := range tags {
		if err := checkText("Tags", tag, maxTag); err != nil {
			return err
		}
	}
	return nil
}

func checkText(name, text string, most int) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return invalid(name, "it is not text")
	}
	if utf8.RuneCountInString(text) > most {
		return invalid(name, "it is too long")
	}
	return nil
}

func invalid(name, reason string) error {
	return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", reason)
}

// CheckMapping refuses texts of a mapping that nobody could store or read.
func CheckMapping(m paceline.Mapping) error {
	if err := checkOptional("Value", m.Value, maxValue); err != nil {
		return err
	}
	if err := checkOptional("TriggerValue", m.LookupValue, maxValue); err != nil {
		return err
	}
	return checkOptional("TriggerValueDisplayName", m.LookupDisplay, maxDescription)
}

func checkOptional(name string, text *string, most int) error {
	if text == nil {
		return nil
	}
	return checkText(name, *text, most)
}
