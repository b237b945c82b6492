#!/usr/bin/ruby
# usage: example.rb ENDPOINT PEER
require 'ffi-rzmq'
require 'msgpack'

endpoint, peer = ARGV
context = ZMQ::Context.new # it ends when nothing refers to it
socket = context.socket(ZMQ::REQ)
socket.setsockopt(ZMQ::RCVTIMEO, 7_000) # more than deadline_ms: then the service is gone
socket.setsockopt(ZMQ::LINGER, 0)
ZMQ::Util.resultcode_ok?(socket.connect(endpoint)) or abort ZMQ::Util.error_string

ask = { peer: peer, form: 'list', deadline_ms: 5_000 }
[ask.merge(op: 'get', oids: %w[1.3.6.1.2.1.1.1.0 1.3.6.1.2.1.1.3.0]),
 ask.merge(op: 'walk', oids: %w[1.3.6.1.2.1.2.2.1.2])].each do |request|
  socket.send_string(request.to_msgpack)
  ZMQ::Util.resultcode_ok?(socket.recv_string(body = +'')) or abort 'no answer from the service'
  reply = MessagePack.unpack(body)
  (reply['varbinds'] || []).each { |oid, _type, value| puts "#{oid} = #{value.nil? ? 'no value' : value}" }
  abort "#{reply['error']['name']}: #{reply['error']['message']}" if reply['error']
  abort "cut off: #{reply['stop']}" if reply['complete'] == false
end
