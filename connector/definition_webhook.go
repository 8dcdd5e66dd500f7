package connector

// SubscriptionDef says how the vendor learns where to send events while a cycle runs. The methods may mention
// {{webhook.url}}, {{webhook.secret}}, {{webhook.events}}, and those that renew and delete {{webhook.id}}. A
// create that mentions {{webhook.event}} is called once for each of the events.
type SubscriptionDef struct {
	Create string    `json:"create"` // id of a method
	Delete string    `json:"delete"` // id of a method
	ID     string    `json:"id"`     // name of the field in create's answer with the vendor's id
	Secret string    `json:"secret"` // name of the field in it with the signing secret, of vendors that make it themselves
	Events []string  `json:"events"`
	Params []string  `json:"params"` // names of create's parameters whose values the step gives, to the other methods, too
	Renew  *RenewDef `json:"renew"`
	Find   *FindDef  `json:"find"`
	Missed string    `json:"missed"` // (CEL) of a delivery that says that others were lost: an incident tells
}

// RenewDef says how a subscription is kept that ends by itself.
type RenewDef struct {
	Method    string `json:"method"`    // id of a method; create makes another one and deletes the one before
	ExpiresAt string `json:"expiresAt"` // name of the field in the answers with the end
	Lifetime  string `json:"lifetime"`  // what is asked for ({{webhook.expiresAt}}), and the end where no answer tells it
	Before    string `json:"before"`    // how long before its end, an hour without one
	On        string `json:"on"`        // (CEL) of a delivery that says that it is to be renewed, or made anew, at once
}

// FindDef says how a subscription is found whose id never arrived, because of a crash or a lost answer.
type FindDef struct {
	Method string `json:"method"` // id of a method that lists subscriptions as rows
	URL    string `json:"url"`    // name of the field with the address
	ID     string `json:"id"`     // name of the field with the id
}

// EnrichDef says which method completes each row of a delivery, where the vendor sends no more than an id.
type EnrichDef struct {
	Method string `json:"method"` // id of a method that may be repeated
	Map    Pairs  `json:"map"`    // (CEL) of row and body, by name of a parameter or field of the method; row has the payload's fields by name besides its own members
	Into   string `json:"into"`   // the member of the row that gets the answer; enriched without one
}

// SealedDef says that rows of a payload may have parts that are sealed for the account connector, as Microsoft Graph does: they
// are opened once the tokens that come with them prove who has sealed them.
type SealedDef struct {
	At       string   `json:"at"`       // name of the part in a row; what it holds takes its place
	Key      string   `json:"key"`      // (template) the private key, a PEM
	Tokens   string   `json:"tokens"`   // name of the list of signed tokens (RS256) in the payload
	KeysURL  string   `json:"keysUrl"`  // (template) where the vendor tells its signing keys
	Audience string   `json:"audience"` // (template) whom a token must be for
	Senders  []string `json:"senders"`  // who may have asked for a token: its claim azp or appid
}

// RouteDef says that one address of the partner takes the events of all accounts, each of which goes to the
// cycles whose account connector has the key.
type RouteDef struct {
	Mode    string      `json:"mode"`  // shared, or step, which is as if there were no route
	Rows    string      `json:"rows"`  // (location) of a list whose items are routed one by one; else the whole delivery is
	Key     Place       `json:"key"`   // the vendor's id of the account: in the delivery, or in an item of rows
	Match   string      `json:"match"` // a property of scope account with the ids, separated by commas or spaces
	Refresh *RefreshIDs `json:"refresh"`
}

// RefreshIDs says which method lists the ids of an account connector.
type RefreshIDs struct {
	Method string `json:"method"` // id of a method
	ID     string `json:"id"`     // name of the field with an id in each row of its answer
	Every  string `json:"every"`  // a day without one
}

// Challenge answers a provider that tests the address before it sends events. A reply that is made with the
// secret is given only to a request that is signed with it.
type Challenge struct {
	When  string `json:"when"`  // (CEL)
	Token *Place `json:"token"` // where the request says the secret, so that only the vendor gets an answer
	Reply Reply  `json:"reply"`
}

// Challenges is one Challenge or a list.
type Challenges []Challenge

// UnmarshalJSON reads either form.
func (c *Challenges) UnmarshalJSON(b []byte) error {
	list, err := oneOrMany[Challenge](b)
	*c = list
	return err
}

// Places is one Place or a list.
type Places []Place

// UnmarshalJSON reads either form.
func (p *Places) UnmarshalJSON(b []byte) error {
	list, err := oneOrMany[Place](b)
	*p = list
	return err
}

// Reply is an HTTP answer.
type Reply struct {
	Status      int    `json:"status"`
	ContentType string `json:"contentType"`
	Headers     Pairs  `json:"headers"` // (template); of challenges
	Body        string `json:"body"`    // (template)
}
