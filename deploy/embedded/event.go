package embedded

// EventKind says what happened to an embedded engine.
type EventKind string

// What happens to an embedded engine in its life.
const (
	EventStarted       EventKind = "started"        // serves for the first time
	EventDied          EventKind = "died"           // ended by itself; Err says how
	EventUnresponsive  EventKind = "unresponsive"   // answered no ping and was killed; Err is the last answer
	EventRestarted     EventKind = "restarted"      // serves again on the same ports
	EventRestartFailed EventKind = "restart_failed" // Attempt failed with Err; another follows
	EventDiskFull      EventKind = "disk_full"      // runs, but its disk is full; Err names the directory and the remedy
	EventGaveUp        EventKind = "gave_up"        // no attempt is left; Err is the last one's
	EventStopped       EventKind = "stopped"        // ended because Stop was called
)

// Event is one step in the life of an embedded engine, for metrics.
type Event struct {
	Engine  string    // "clickhouse" or "kafka"
	Kind    EventKind // what happened
	Attempt int       // attempt of a restart, from 1; else 0
	Err     error     // the reason, or nil
}
