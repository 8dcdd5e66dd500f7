package script

import (
	"slices"
	"strings"
)

// Event is the name of a function that scripts may define.
type Event string

// The events, as reference material of connectors' authors names them.
const (
	BeforeWebhook         Event = "before_webhook"
	AfterWebhook          Event = "after_webhook"
	BeforeAction          Event = "before_action"
	AfterAction           Event = "after_action"
	AfterActionPaging     Event = "after_action_paging"
	AfterError            Event = "after_error"
	ActionCondition       Event = "action_condition"
	NextPage              Event = "next_page"
	BeforeOAuth2Authorise Event = "before_oauth2_authorise"
	BeforeOAuth2Token     Event = "before_oauth2_token"
	AfterOAuth2Token      Event = "after_oauth2_token"
	BeforeOAuth2Refresh   Event = "before_oauth2_refresh"
	AfterOAuth2Refresh    Event = "after_oauth2_refresh"
)

// Events lists all of them.
func Events() []Event {
	return []Event{
		BeforeWebhook, AfterWebhook, BeforeAction, AfterAction, AfterActionPaging, AfterError, ActionCondition, NextPage,
		BeforeOAuth2Authorise, BeforeOAuth2Token, AfterOAuth2Token, BeforeOAuth2Refresh, AfterOAuth2Refresh,
	}
}

// Known reports whether there is such an event.
func (e Event) Known() bool { return slices.Contains(Events(), e) }

// Scripts are the texts that belong to one call, "" for none.
type Scripts struct{ Method, Connector, Step string }

// Empty reports whether there is none.
func (s Scripts) Empty() bool { return s.Method == "" && s.Connector == "" && s.Step == "" }

// For returns the scripts that mention the event, in their order: before an event the method's first, then the
// connector's and the step's; after it the connector's, then the method's and the step's.
func (s Scripts) For(e Event) []Source {
	order := [3]Source{{LevelMethod, s.Method}, {LevelConnector, s.Connector}, {LevelStep, s.Step}}
	if !strings.HasPrefix(string(e), "before") {
		order[0], order[1] = order[1], order[0]
	}
	var list []Source
	for _, source := range order {
		if Mentions(source.Code, string(e)) {
			list = append(list, source)
		}
	}
	return list
}

// Has reports whether a script mentions the event.
func (s Scripts) Has(e Event) bool { return s.Mention(string(e)) }

// Mention reports whether one of them mentions the word.
func (s Scripts) Mention(word string) bool {
	return Mentions(s.Method, word) || Mentions(s.Connector, word) || Mentions(s.Step, word)
}

// Mentions reports whether the word stands in the text. A script that makes the name up at run time is not found.
func Mentions(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(word)
		if (i == 0 || !isNamePart(text[i-1])) && (end == len(text) || !isNamePart(text[end])) {
			return true
		}
		from = end
	}
}

func isNamePart(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
