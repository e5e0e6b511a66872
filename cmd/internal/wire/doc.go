// Package wire turns a configuration into what the parts of the program need:
// clients' options, the calendar, the embedded engines.
//
// Open gives a Deployment; every sub-command that talks to Kafka or ClickHouse
// begins with it. Nothing here knows what a sub-command does.
package wire
