#!/usr/bin/perl
# usage: example.pl ENDPOINT PEER
use strict;
use warnings;
use Data::MessagePack;
use ZMQ::FFI;
use ZMQ::FFI::Constants qw(ZMQ_RCVTIMEO ZMQ_REQ);

my ($endpoint, $peer) = @ARGV;
my $context = ZMQ::FFI->new;    # it closes its sockets when it goes
my $socket = $context->socket(ZMQ_REQ);
$socket->set(ZMQ_RCVTIMEO, 'int', 7_000);    # more than deadline_ms: then the service is gone
$socket->set_linger(0);
$socket->connect($endpoint);

my $coder = Data::MessagePack->new;
my %ask = (peer => $peer, form => 'list', deadline_ms => 5_000);
for my $request ({ %ask, op => 'get', oids => ['1.3.6.1.2.1.1.1.0', '1.3.6.1.2.1.1.3.0'] },
                 { %ask, op => 'walk', oids => ['1.3.6.1.2.1.2.2.1.2'] }) {
    $socket->send($coder->pack($request));
    my $reply = $coder->unpack(eval { $socket->recv } // die "no answer from the service\n");
    print "$_->[0] = ", $_->[2] // 'no value', "\n" for @{ $reply->{varbinds} // [] };
    die "$reply->{error}{name}: $reply->{error}{message}\n" if $reply->{error};
    die "cut off: $reply->{stop}\n" if exists $reply->{complete} && !$reply->{complete};
}
