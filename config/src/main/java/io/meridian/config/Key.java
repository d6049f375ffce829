package io.meridian.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What one key of the file says, beside what its record component's type tells. The loader, the
 * JSON Schema and the reference are all derived from it. On a type: what the type as a whole is.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.TYPE})
@interface Key {
  /** One or two sentences for the operator. */
  String value();

  /**
   * The default as YAML; {@code {n}} is the item's number in its list, from 1. Empty: the key is
   * required, or optional if {@link #absent} says so.
   */
  String or() default "";

  /** What it means that an optional key is left out. Given for components that may be null. */
  String absent() default "";

  /** How the scalar is written; {@code AUTO}: as the component's type suggests. */
  Form form() default Form.AUTO;

  /** Smallest value, written as in the file. */
  String min() default "";

  /** Largest value, written as in the file. */
  String max() default "";

  /** The only values, written as in the file; empty: any that the form allows. */
  String[] only() default {};

  /** Fewest items of a list that is given. */
  int atLeast() default 0;

  /** Whether a list of one item may be written as the item. */
  boolean single() default false;

  /** On a type: the key that is meant where a scalar stands for the whole map. */
  String scalar() default "";
}
