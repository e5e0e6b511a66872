package worker

import "errors"

// halt stops the partition, loudly, for what no new incarnation can mend: it stays at
// its committed position, and the others go on. It reports whether err is such.
//
//   - A poison record: what was folded before it is committed. Only a SKIP, or a
//     release that can read the record, lets the partition pass.
//   - A drain that breaks at a customer: no record is at fault, so only a release that
//     can visit him lets the partition pass.
//   - Unfit state: nothing is folded onto it. Only a rebuild, or a release that can
//     read it, lets the partition start.
func (p *partition) halt(err error) bool {
	broken, isPoison := errors.AsType[*poison](err)
	_, isUnfit := errors.AsType[*unfit](err)
	if !isPoison && !isUnfit {
		return false
	}
	p.stopped = true
	p.w.o.Metrics.stopped.WithLabelValues(label(p.id)).Set(1)
	p.w.o.Metrics.waiting.WithLabelValues(label(p.id)).Set(0)
	if isUnfit {
		p.w.o.Log.Error().Err(err).Int32("partition", p.id).
			Msg("saved state cannot be restored: this partition has stopped; upgrade if its format is newer, " +
				"else stop the fold, `tierwatch state rebuild --partition PARTITION` (--from a snapshot if the log was cut), and restart")
		return true
	}
	if broken.drain {
		at := p.next // of the control record, if it broke at once
		if p.cursor.Draining {
			at = p.cursor.ControlOffset
		}
		p.w.o.Log.Error().Err(err).Int32("partition", p.id).Int64("control_offset", at).
			Msg("broken drain: a customer cannot be visited, so this partition has stopped; upgrade and restart, do not park a record: none is at fault")
		return true
	}
	p.w.o.Log.Error().Err(err).Int32("partition", p.id).Int64("offset", p.next).
		Msg("poison record: this partition has stopped; upgrade, or `tierwatch dlq park PARTITION:OFFSET --reason ...`, and restart")
	return true
}
