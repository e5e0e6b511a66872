package fold

import (
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Kind says which topic an Output belongs to.
type Kind uint8

// The kinds of output.
const (
	KindAlert Kind = iota + 1
	KindTierChange
	KindSnapshot
	KindVerdict
	KindDeadLetter
)

// Output is one message the fold says.
type Output struct {
	Kind     Kind
	Customer string
	// Value is the marshalled protobuf message of the kind, valid until Reset.
	Value []byte
	// Offset is the log offset that caused it (the CLOSE's in a drain); Sub counts
	// outputs of that offset, kind and customer.
	Offset int64
	Sub    uint8
}

// Outputs collects what Apply and Drain say, in order.
type Outputs struct {
	List []Output
	buf  []byte
	tail []byte
}

const outputChunk = 1 << 16

// Reset empties the list; Values handed out before become invalid.
func (o *Outputs) Reset() {
	clear(o.List)
	o.List = o.List[:0]
	o.buf = o.buf[:0]
}

type message interface {
	SizeVT() int
	MarshalToSizedBufferVT(b []byte) (int, error)
}

// room gives n bytes behind what the buffer holds; a full buffer is replaced, not
// moved, so that earlier Values stay.
func (o *Outputs) room(n int) []byte {
	if cap(o.buf)-len(o.buf) < n {
		o.buf = make([]byte, 0, max(outputChunk, n))
	}
	at := len(o.buf)
	o.buf = o.buf[:at+n]
	return o.buf[at : at+n : at+n]
}

func (o *Outputs) marshal(m message) ([]byte, error) {
	v := o.room(m.SizeVT())
	_, err := m.MarshalToSizedBufferVT(v)
	return v, err
}

// marshalWithin is marshal for a message of at most bound bytes: it is written once,
// from its end, where marshal first computes its length.
func (o *Outputs) marshalWithin(m message, bound int) ([]byte, error) {
	if cap(o.tail) < bound {
		o.tail = make([]byte, 2*bound)
	}
	n, err := m.MarshalToSizedBufferVT(o.tail[:bound])
	if err != nil {
		return nil, err
	}
	v := o.room(n)
	copy(v, o.tail[bound-n:bound])
	return v, nil
}

// emit adds one output under the record being folded.
func (p *Partition) emit(k Kind, customer string, sub uint8, m message) {
	v, err := p.out.marshal(m)
	p.append(k, customer, sub, v, err)
}

// emitWithin is emit for a frequent message that can bound its bytes. Its sub-index
// is 0: the row key holds something else.
func (p *Partition) emitWithin(k Kind, customer string, m message, bound int) {
	v, err := p.out.marshalWithin(m, bound)
	p.append(k, customer, 0, v, err)
}

func (p *Partition) append(k Kind, customer string, sub uint8, v []byte, err error) {
	if err != nil {
		// A message of our own that does not marshal is a bug: stop the partition.
		panic("fold: marshal output: " + err.Error())
	}
	p.out.List = append(p.out.List, Output{Kind: k, Customer: customer, Value: v, Offset: p.offset, Sub: sub})
}

// position is the place in the log of the output being made, with the next sub-index
// of its kind.
func (p *Partition) position(k Kind) *pb.Position {
	sub := p.subs[k]
	if p.subs[k] < 255 {
		p.subs[k]++
	}
	return &pb.Position{Partition: p.opt.Partition, Offset: p.offset, SubIndex: uint32(sub), Epoch: p.engine.Epoch}
}

// verdict says that a record was not simply applied.
func (p *Partition) verdict(v *pb.Verdict) {
	v.Log = p.position(KindVerdict)
	p.emit(KindVerdict, v.CustomerId, uint8(v.Log.SubIndex), v)
}

// full tells whether an output of the kind finds no sub-index of its own under this
// offset any more. What may come in great numbers waits then for the next CLOSE;
// other rows have keys that differ without it.
func (p *Partition) full(k Kind) bool { return p.subs[k] == 255 }

// reject puts the record being folded into the DLQ, whole, and says so. Ids are
// quoted as far as they may go.
func (p *Partition) reject(customer, eventID, account, cause, field, detail string, day int32) {
	customer, account = shown(customer), shown(account)
	p.emitDead(&pb.DeadLetter{
		Cause: cause, Field: field, Detail: detail, Stage: "fold", CustomerId: customer, EventId: eventID, Original: p.value,
	})
	p.verdict(&pb.Verdict{
		CustomerId: customer, Kind: pb.VerdictKind_VERDICT_REJECTED, Cause: cause, EventId: eventID, AccountId: account, Day: day,
	})
}

func (p *Partition) emitDead(d *pb.DeadLetter) {
	d.Log = p.position(KindDeadLetter)
	d.At = p.now()
	p.emit(KindDeadLetter, d.CustomerId, uint8(d.Log.SubIndex), d)
}
