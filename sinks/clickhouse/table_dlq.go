package clickhouse

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// deadRow is a row of dlq_raw.
type deadRow struct {
	d *pb.DeadLetter
	// partition and offset are the place in tierwatch.dlq.
	partition uint16
	offset    uint64
	hash      uint64
}

var dlqTable = &table[deadRow]{name: "dlq_raw", columns: []column[deadRow]{
	word("stage", func(r *deadRow) string { return r.d.Stage }),
	word("cause", func(r *deadRow) string { return r.d.Cause }),
	word("field", func(r *deadRow) string { return r.d.Field }),
	word("origin_name", func(r *deadRow) string { return r.d.OriginName }),
	i32("origin_partition", func(r *deadRow) int32 { return r.d.OriginPartition }),
	i64("origin_position", func(r *deadRow) int64 { return r.d.OriginPosition }),
	text("event_id", func(r *deadRow) string { return r.d.EventId }),
	u16("partition", func(r *deadRow) uint16 { return uint16(r.d.Log.GetPartition()) }),
	u64("offset", func(r *deadRow) uint64 { return uint64(max(r.d.Log.GetOffset(), 0)) }),
	u64("original_hash", func(r *deadRow) uint64 { return r.hash }),
	text("detail", func(r *deadRow) string { return r.d.Detail }),
	word("source", func(r *deadRow) string { return r.d.Source }),
	text("customer_id", func(r *deadRow) string { return r.d.CustomerId }),
	textList("applied", func(r *deadRow) []string { return r.d.Applied }),
	textOf("original", func(r *deadRow, to []byte) []byte { return append(to, r.d.Original...) }),
	moment("at", func(r *deadRow) int64 { return r.d.At }),
	u16("dlq_partition", func(r *deadRow) uint16 { return r.partition }),
	u64("dlq_offset", func(r *deadRow) uint64 { return r.offset }),
}}
