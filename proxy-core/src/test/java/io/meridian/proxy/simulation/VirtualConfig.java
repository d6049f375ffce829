package io.meridian.proxy.simulation;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;
import java.util.Map;

/** Options of a virtual socket: those that the kernel would look after are taken and forgotten. */
final class VirtualConfig extends DefaultChannelConfig implements SocketChannelConfig {
  private final VirtualChannel socket;
  private int soLinger = -1;

  VirtualConfig(VirtualChannel socket) {
    super(socket);
    this.socket = socket;
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    if (option.equals(ChannelOption.SO_LINGER)) {
      setSoLinger((Integer) value);
    } else {
      super.setOption(option, value);
    }
    return true;
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return super.getOptions();
  }

  @Override
  protected void autoReadCleared() {
    socket.autoReadCleared();
  }

  @Override
  public boolean isTcpNoDelay() {
    return true;
  }

  @Override
  public VirtualConfig setTcpNoDelay(boolean value) {
    return this;
  }

  @Override
  public int getSoLinger() {
    return soLinger;
  }

  @Override
  public VirtualConfig setSoLinger(int value) {
    soLinger = value;
    return this;
  }

  @Override
  public int getSendBufferSize() {
    return 0;
  }

  @Override
  public VirtualConfig setSendBufferSize(int value) {
    return this;
  }

  @Override
  public int getReceiveBufferSize() {
    return 0;
  }

  @Override
  public VirtualConfig setReceiveBufferSize(int value) {
    return this;
  }

  @Override
  public boolean isKeepAlive() {
    return true;
  }

  @Override
  public VirtualConfig setKeepAlive(boolean value) {
    return this;
  }

  @Override
  public int getTrafficClass() {
    return 0;
  }

  @Override
  public VirtualConfig setTrafficClass(int value) {
    return this;
  }

  @Override
  public boolean isReuseAddress() {
    return false;
  }

  @Override
  public VirtualConfig setReuseAddress(boolean value) {
    return this;
  }

  @Override
  public VirtualConfig setPerformancePreferences(int connect, int latency, int bandwidth) {
    return this;
  }

  @Override
  public boolean isAllowHalfClosure() {
    return false;
  }

  @Override
  public VirtualConfig setAllowHalfClosure(boolean value) {
    return this;
  }

  @Override
  public VirtualConfig setConnectTimeoutMillis(int value) {
    super.setConnectTimeoutMillis(value);
    return this;
  }

  @Override
  @Deprecated
  public VirtualConfig setMaxMessagesPerRead(int value) {
    super.setMaxMessagesPerRead(value);
    return this;
  }

  @Override
  public VirtualConfig setWriteSpinCount(int value) {
    super.setWriteSpinCount(value);
    return this;
  }

  @Override
  public VirtualConfig setAllocator(ByteBufAllocator value) {
    super.setAllocator(value);
    return this;
  }

  @Override
  public VirtualConfig setRecvByteBufAllocator(RecvByteBufAllocator value) {
    super.setRecvByteBufAllocator(value);
    return this;
  }

  @Override
  public VirtualConfig setAutoRead(boolean value) {
    super.setAutoRead(value);
    return this;
  }

  @Override
  public VirtualConfig setAutoClose(boolean value) {
    super.setAutoClose(value);
    return this;
  }

  @Override
  public VirtualConfig setMessageSizeEstimator(MessageSizeEstimator value) {
    super.setMessageSizeEstimator(value);
    return this;
  }

  @Override
  public VirtualConfig setWriteBufferWaterMark(WriteBufferWaterMark value) {
    super.setWriteBufferWaterMark(value);
    return this;
  }
}
