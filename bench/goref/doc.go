// Command goref does W1's work with the least Go that is still correct, as the yardstick for Paceline.
//
// -persist none answers and works from memory; accept makes each webhook durable before its answer and
// notes its end; steps also notes the first call's outcome before the second call begins. With a log, a
// restart resumes what was accepted and not finished. One run is: read a contact, POST six of its fields
// and the correlation id to /crm, and POST the CRM's id to /final/eu or /final/row by the country.
package main
