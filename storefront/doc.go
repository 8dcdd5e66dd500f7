// Package storefront is what a partner's customers see and do on embedded pages: the integrations on offer (LAUNCH and
// marketplaces), the form that sets one up, and those that are installed (ORBIT). It shows a customer what the template
// leaves to the installer and nothing else of a flow.
// Begin with Room.Offers and Room.Install, then Room.Setup, Save and Finish; marketplace.go is what a partner arranges.
package storefront
