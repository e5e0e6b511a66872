package mapping

import (
	"gopkg.in/yaml.v3"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// marker tells which rows end a day of the source, and which day.
type marker struct {
	when when
	day  op
}

// markedDay stands for the field of an op that sets none: the day stays in
// Mapper.day.
var markedDay = event.Field{
	Name: event.EndOfDay, Type: event.Date, Required: true, SetInt: func(*pb.LogRecord, int64) {},
}

// marker compiles end_of_day.
func (c *compiler) marker(n *yaml.Node) {
	if n == nil {
		return
	}
	day := get(n, "day")
	b := &recordCompiler{compiler: c, at: event.EndOfDay, node: n}
	o := op{field: &markedDay, required: true, style: c.style}
	o.layout = b.timeLayout(get(day, "format"), get(day, "pivot"), event.Date, event.EndOfDay+".day")
	b.settings(&o, day, event.EndOfDay+".day")
	o.src = b.sourceOf(&o, day, event.EndOfDay+".day")
	b.checkConstants()
	c.program.marker = &marker{when: c.when(get(n, "when"), event.EndOfDay+".when"), day: o}
}

// marked says whether the row in the slots ends a day, and what becomes of it then.
func (m *Mapper) marked() (event.Outcome, bool) {
	if m.program.marker == nil {
		return event.Outcome{}, false
	}
	ok, rej := m.program.marker.when.holds(m.values)
	if rej != nil {
		return rejected(rej), true
	}
	if !ok {
		return event.Outcome{}, false
	}
	m.day = 0
	if rej := m.run(&m.program.marker.day); rej != nil {
		return rejected(rej), true
	}
	return event.Outcome{Verdict: event.Filtered, Reason: event.EndOfDay, EndOfDay: int32(m.day)}, true
}
